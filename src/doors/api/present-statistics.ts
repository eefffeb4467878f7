// Statistics as JSON (contract management 8.2 and 8.3): the overview, and series with sparse days and sums over them.
//
// Decided here: a day stands in a series where the series counted anything on it; its fixed keys are all there then, zeros
// too, because typed clients ask for them, and sums always have them. Bounces of types without a fixed key have the name
// of their type. Rates are percentages of `Sent`, cut after three digits as in the contract's example.
import { addInto, failuresIn, groupIn, type CountGroup, type Counts } from '../../domain/statistics.ts';
import type { DayCounts } from '../../ports/statistics.ts';

/** From what was counted to the keys of a series. */
type KeysOf = (counts: Counts) => Counts;
type Json = Readonly<Record<string, unknown>>;

/** By the path after `/stats/outbound/`. */
export const STATISTICS_SERIES: ReadonlyMap<string, KeysOf> = new Map<string, KeysOf>([
  ['sends', measures({ Sent: 'sent' })],
  ['bounces', bounces],
  ['spam', measures({ SpamComplaint: 'bounce/SpamComplaint' })],
  ['tracked', measures({ Tracked: 'tracked' })],
  ['opens', measures({ Opens: 'opens', Unique: 'uniqueOpens' })],
  ['opens/platforms', names('openPlatform', ['Desktop', 'WebMail', 'Mobile', 'Unknown'])],
  ['opens/emailclients', names('openClient', [])],
  // Nobody measures how long a mail is read; several clients ask all the same.
  ['opens/readtimes', () => ({})],
  ['clicks', measures({ Clicks: 'clicks', Unique: 'uniqueClicks' })],
  ['clicks/browserfamilies', names('clickBrowser', [])],
  ['clicks/platforms', names('clickPlatform', ['Desktop', 'Mobile', 'Unknown'])],
  ['clicks/location', names('clickLocation', ['HTML', 'Text'])],
]);

export function presentSeries(days: readonly DayCounts[], keysOf: KeysOf): Json {
  const shown = days
    .map(({ day, counts }) => ({ day, keys: keysOf(counts) }))
    .filter(({ keys }) => Object.values(keys).some((count) => count > 0));
  return {
    ...keysOf(sumOf(days)),
    Days: shown.map(({ day, keys }) => ({ ...keys, Date: day })),
  };
}

export function presentOverview(days: readonly DayCounts[]): Json {
  const sum = sumOf(days);
  const of = (measure: string): number => sum[measure] ?? 0;
  const bounced = failuresIn(sum);
  const complaints = of('bounce/SpamComplaint');
  return {
    Sent: of('sent'),
    Bounced: bounced,
    SMTPApiErrors: of('bounce/SMTPApiError'),
    BounceRate: percent(bounced, of('sent')),
    SpamComplaints: complaints,
    SpamComplaintsRate: percent(complaints, of('sent')),
    Opens: of('opens'),
    UniqueOpens: of('uniqueOpens'),
    Tracked: of('tracked'),
    WithLinkTracking: of('withLinkTracking'),
    WithOpenTracking: of('withOpenTracking'),
    TotalTrackedLinksSent: of('trackedLinks'),
    UniqueLinksClicked: of('uniqueClicks'),
    TotalClicks: of('clicks'),
    WithClientRecorded: of('withClient'),
    WithPlatformRecorded: of('withPlatform'),
    WithReadTimeRecorded: 0,
  };
}

function sumOf(days: readonly DayCounts[]): Counts {
  const sum: Record<string, number> = {};
  for (const { counts } of days) addInto(sum, counts);
  return sum;
}

/** Whole numbers until the last step, so that 29 of 100 are 29 and not 28.999. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((part * 100_000) / whole) / 1000;
}

function measures(keys: Readonly<Record<string, string>>): KeysOf {
  const pairs = Object.entries(keys);
  return (counts) => Object.fromEntries(pairs.map(([key, measure]) => [key, counts[measure] ?? 0]));
}

function names(group: CountGroup, fixed: readonly string[]): KeysOf {
  const zeros = Object.fromEntries(fixed.map((name) => [name, 0]));
  return (counts) => ({ ...zeros, ...groupIn(counts, group) });
}

function bounces(counts: Counts): Counts {
  const zeros = { HardBounce: 0, SoftBounce: 0, SMTPApiError: 0, Transient: 0 };
  // Complaints have a series of their own.
  const { SpamComplaint: _complaints, ...types } = groupIn(counts, 'bounce');
  return { ...zeros, ...types };
}
