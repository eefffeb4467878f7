// What statistics count of an event (contract management 8): sends, tracking, bounces by type, opens and clicks.
//
// Promises: counts are once per recipient; an event counts on the day it happened, under the tag of its message. What opens
// and clicks were made with is counted for the first open of a recipient, and the first click of a recipient on a link.
// Counts are named by measure, or by `group/name` where names are data (bounce types, mail clients, browsers).
import type { BounceType } from './bounce/types.ts';
import type { ClickedEvent, Event, OpenedEvent } from './event.ts';
import type { Message } from './message.ts';

/** By measure; what is not there is 0. */
export type Counts = Readonly<Record<string, number>>;

export type CountGroup = 'bounce' | 'openPlatform' | 'openClient' | 'clickPlatform' | 'clickBrowser' | 'clickLocation';

/** Where more tags are used on one day than are counted one by one, the rest of them is found under this one. */
export const OTHER_TAGS = '(other tags)';

/** Undefined where there is nothing to count. */
export function countsOf(event: Event): Counts | undefined {
  switch (event.kind) {
    case 'accepted':
      return sent(event.message);
    case 'bounced':
      return { [`bounce/${event.type}`]: 1 };
    case 'api-error':
      return { 'bounce/SMTPApiError': event.recipients.length };
    case 'opened':
      return { opens: 1 };
    case 'clicked':
      return { clicks: 1 };
    case 'delivered':
    case 'deferred':
    case 'received':
    case 'inbound-status':
    case 'subscription':
      return undefined;
  }
}

function sent({ recipients, summary }: Message): Counts {
  const count = recipients.length;
  const withLinks = summary.trackLinks !== 'None';
  return {
    sent: count,
    ...(summary.trackOpens && { withOpenTracking: count }),
    ...(withLinks && { withLinkTracking: count }),
    ...((summary.trackOpens || withLinks) && { tracked: count }),
  };
}

/** What an event counts beside the rest when it is the first of its kind. */
export interface FirstTime {
  /** What there is one of, in words that no other has. */
  readonly key: string;
  readonly counts: Counts;
}

/** The first opening of a message by a recipient, and the first click on each of its links; undefined for other events. */
export function firstTimeOf(event: Event): FirstTime | undefined {
  if (event.kind === 'opened') return firstOpen(event);
  return event.kind === 'clicked' ? firstClick(event) : undefined;
}

function firstOpen({ messageId, address, reader }: OpenedEvent): FirstTime {
  const { platform, client } = reader;
  return {
    key: `open ${messageId} ${address.toLowerCase()}`,
    counts: {
      uniqueOpens: 1,
      [named('openPlatform', platform)]: 1,
      [named('openClient', client.name)]: 1,
      ...(isKnown(client.name) && { withClient: 1 }),
      ...(isKnown(platform) && { withPlatform: 1 }),
    },
  };
}

function firstClick({ messageId, address, reader, link, location }: ClickedEvent): FirstTime {
  return {
    key: `click ${messageId} ${address.toLowerCase()} ${link}`,
    counts: {
      uniqueClicks: 1,
      [named('clickPlatform', reader.platform)]: 1,
      [named('clickBrowser', reader.client.family)]: 1,
      [`clickLocation/${location}`]: 1,
    },
  };
}

const UNKNOWN = 'Unknown';
const LONGEST_NAME = 100;

function isKnown(name: string): boolean {
  return name !== '' && name !== UNKNOWN;
}

function named(group: CountGroup, name: string): string {
  return `${group}/${isKnown(name) ? name.slice(0, LONGEST_NAME) : UNKNOWN}`;
}

/** Types of a message that did not arrive. Complaints, delays and answers of people and machines are none of them. */
const FAILURES: ReadonlySet<string> = new Set<BounceType>([
  'HardBounce',
  'SoftBounce',
  'DnsError',
  'SpamNotification',
  'OpenRelayTest',
  'Unknown',
  'VirusNotification',
  'ChallengeVerification',
  'BadEmailAddress',
  'Unconfirmed',
  'Blocked',
  'DMARCPolicy',
  'TemplateRenderingFailed',
]);

/** How many did not arrive. */
export function failuresIn(counts: Counts): number {
  return Object.entries(groupIn(counts, 'bounce')).reduce(
    (sum, [type, count]) => (FAILURES.has(type) ? sum + count : sum),
    0,
  );
}

/** The counts of a group by name. */
export function groupIn(counts: Counts, group: CountGroup): Counts {
  const prefix = `${group}/`;
  return Object.fromEntries(
    Object.entries(counts).flatMap(([measure, count]) =>
      measure.startsWith(prefix) ? [[measure.slice(prefix.length), count]] : [],
    ),
  );
}

/** Names of a group that one row keeps; what is called otherwise is added up as `Other`. */
const MOST_NAMES = 100;

export function addCounts(kept: Counts, more: Counts): Counts {
  const sum: Record<string, number> = { ...kept };
  addInto(sum, more);
  return sum;
}

/** Without a copy, for sums of many rows. */
export function addInto(sum: Record<string, number>, more: Counts): void {
  for (const [measure, count] of Object.entries(more)) {
    const place = Object.hasOwn(sum, measure) || hasRoom(sum, measure) ? measure : `${measure.split('/', 1)[0]}/Other`;
    sum[place] = (sum[place] ?? 0) + count;
  }
}

function hasRoom(sum: Counts, measure: string): boolean {
  const end = measure.indexOf('/');
  if (end < 0) return true;
  const prefix = measure.slice(0, end + 1);
  return Object.keys(sum).filter((name) => name.startsWith(prefix)).length < MOST_NAMES;
}
