// Servers of an account: made, changed, deleted (contract management 2). Judges every field before anything is kept; an edit
// takes what is given and leaves the rest.
//
// Promises: a server that was deleted accepts nothing from then on, and what it had accepted before is still delivered; so one
// with a paused stream is not deleted, since nobody could resume it afterwards.
import { randomBytes } from 'node:crypto';
import { issueServerToken } from './issue-token.ts';
import type { ApiError } from '../domain/api-error.ts';
import { SERVER_ERRORS } from '../domain/server-errors.ts';
import {
  DEFAULT_SERVER_SETTINGS,
  SERVER_COLORS,
  TRACK_LINKS,
  type DeliveryType,
  type Server,
  type ServerSettings,
} from '../domain/server.ts';
import type { AccountId, ServerId } from '../lib/ids.ts';
import { domainToAscii } from '../mail/idna.ts';
import { InboundDomainTaken, NameTaken, type ControlStore } from '../ports/control-store.ts';

/** What the installation says of servers. */
export interface ServerRules {
  /** Whether servers can be deleted over the API. */
  readonly deletion: boolean;
  /** Of the addresses that every server has for mail to it. */
  readonly inboundDomain: string;
  /** Names of the installation itself, which no server gets. */
  readonly ownNames: readonly string[];
  /** In words, what is wrong with it as a target of ours; undefined where nothing is. */
  readonly urlProblem: (url: string) => Promise<string | undefined>;
  /** Undefined where its MX leads here; else what was found, in words. */
  readonly mxProblem: (domain: string) => Promise<string | undefined>;
}

export interface ServerDeps {
  readonly store: ControlStore;
  readonly rules: ServerRules;
}

type UrlField = 'inboundHookUrl' | 'bounceHookUrl' | 'openHookUrl' | 'deliveryHookUrl' | 'clickHookUrl';

/** As a client gave it; undefined is not given. */
export type GivenServer = Partial<
  Pick<
    ServerSettings,
    | 'smtpApiActivated'
    | 'rawEmailEnabled'
    | 'postFirstOpenOnly'
    | 'trackOpens'
    | 'includeBounceContentInHook'
    | 'enableSmtpApiErrorHooks'
    | 'inboundSpamThreshold'
    | 'inboundDomain'
    | UrlField
  >
> & {
  readonly name?: string;
  readonly color?: string;
  readonly trackLinks?: string;
  readonly deliveryType?: string;
};

export interface Refused {
  readonly kind: 'refused';
  readonly error: ApiError;
}
export type ServerOrRefused = { readonly kind: 'server'; readonly server: Server } | Refused;

export async function createServer(
  deps: ServerDeps & { readonly hashToken: (token: string) => string },
  accountId: AccountId,
  given: GivenServer,
): Promise<ServerOrRefused> {
  const { store } = deps;
  if (isEmpty(given)) return refuse(SERVER_ERRORS.noData());
  if (given.name === undefined) return refuse(SERVER_ERRORS.badName('it is missing'));
  const judged = await judge(deps, given, undefined);
  if (judged.kind === 'refused') return judged;
  const deliveryType = readDeliveryType(given.deliveryType);
  if (deliveryType === undefined) return refuse(SERVER_ERRORS.badDeliveryType());
  const settings = newServerSettings({ ...judged.settings, deliveryType });
  const name = given.name.trim();
  const made = await takenAsValue(name, () => store.createServer(accountId, name, settings));
  if (made.kind === 'refused') return made;
  await issueServerToken(deps, { accountId, serverId: made.value.id });
  return { kind: 'server', server: made.value };
}

/** Of a server that is being made: the defaults, and an inbound address of its own. */
export function newServerSettings(given: Partial<ServerSettings>): ServerSettings {
  return { ...DEFAULT_SERVER_SETTINGS, ...given, inboundHash: randomBytes(16).toString('hex') };
}

export async function editServer(deps: ServerDeps, server: Server, given: GivenServer): Promise<ServerOrRefused> {
  if (isEmpty(given)) return refuse(SERVER_ERRORS.noData());
  const judged = await judge(deps, given, server);
  if (judged.kind === 'refused') return judged;
  const { deliveryType } = given;
  if (isGiven(deliveryType) && readDeliveryType(deliveryType) !== server.settings.deliveryType) {
    return refuse(SERVER_ERRORS.deliveryTypeIsFixed());
  }
  const name = given.name?.trim();
  const kept = await takenAsValue(name ?? '', () => deps.store.updateServer(server.id, judged.settings, name));
  if (kept.kind === 'refused') return kept;
  return kept.value === undefined
    ? refuse(SERVER_ERRORS.unknown(String(server.id)))
    : { kind: 'server', server: kept.value };
}

/** One of the account's own. */
export async function findServer(store: ControlStore, accountId: AccountId, id: string): Promise<ServerOrRefused> {
  const server = /^\d{1,15}$/.test(id) ? await store.server(Number(id) as ServerId) : undefined;
  return server?.accountId === accountId ? { kind: 'server', server } : refuse(SERVER_ERRORS.unknown(id));
}

export async function deleteServer(
  { store, rules }: ServerDeps,
  server: Server,
  at: number,
): Promise<{ readonly kind: 'deleted' } | Refused> {
  if (!rules.deletion) return refuse(SERVER_ERRORS.deletionIsOff());
  const held = (await store.pools.holds()).find(({ serverId }) => serverId === server.id);
  if (held !== undefined) return refuse(SERVER_ERRORS.isPaused(server.name, held.streamId));
  const done = await store.deleteServer(server.id, at);
  return done ? { kind: 'deleted' } : refuse(SERVER_ERRORS.unknown(String(server.id)));
}

type Judged = { readonly kind: 'settings'; readonly settings: Partial<ServerSettings> } | Refused;

async function judge({ store, rules }: ServerDeps, given: GivenServer, own: Server | undefined): Promise<Judged> {
  const { name, color, trackLinks, inboundSpamThreshold: threshold, deliveryType: _fixed, ...plain } = given;
  if (name !== undefined && name.trim() === '') return refuse(SERVER_ERRORS.badName('it is empty'));
  if (name !== undefined && name.trim().length > MAX_NAME) {
    return refuse(SERVER_ERRORS.badName(`it is longer than ${MAX_NAME} characters`));
  }
  const chosenColor = isGiven(color) ? readColor(color) : undefined;
  if (isGiven(color) && chosenColor === undefined) return refuse(SERVER_ERRORS.badColor());
  const links = TRACK_LINKS.find((each) => each.toLowerCase() === trackLinks?.trim().toLowerCase());
  if (isGiven(trackLinks) && links === undefined) return refuse(SERVER_ERRORS.badTrackLinks());
  if (threshold !== undefined && !(threshold >= 0 && threshold <= MAX_THRESHOLD)) {
    return refuse(SERVER_ERRORS.badThreshold());
  }
  const urls = await judgeUrls(rules, given);
  if (urls.kind === 'refused') return urls;
  const inbound = await judgeInboundDomain({ store, rules }, given.inboundDomain, own);
  if (inbound.kind === 'refused') return inbound;
  return {
    kind: 'settings',
    settings: {
      ...plain,
      ...urls.urls,
      ...(inbound.domain !== undefined && { inboundDomain: inbound.domain }),
      ...(threshold !== undefined && { inboundSpamThreshold: threshold }),
      ...(chosenColor !== undefined && { color: chosenColor }),
      ...(links !== undefined && { trackLinks: links }),
    },
  };
}

const MAX_NAME = 255;
const MAX_THRESHOLD = 30;

/** Some clients leave a choice out by an empty text. */
function isGiven(choice: string | undefined): choice is string {
  return choice !== undefined && choice.trim() !== '';
}

function readColor(color: string): ServerSettings['color'] | undefined {
  const lower = color.trim().toLowerCase();
  // Old documentation spells it so.
  return SERVER_COLORS.find((each) => each === (lower === 'turqoise' ? 'turquoise' : lower));
}

function readDeliveryType(text: string | undefined): DeliveryType | undefined {
  if (!isGiven(text)) return 'Live';
  return (['Live', 'Sandbox'] as const).find((each) => each.toLowerCase() === text.trim().toLowerCase());
}

/** On the wire. */
const URL_FIELDS: readonly (readonly [UrlField, string])[] = [
  ['inboundHookUrl', 'InboundHookUrl'],
  ['bounceHookUrl', 'BounceHookUrl'],
  ['openHookUrl', 'OpenHookUrl'],
  ['deliveryHookUrl', 'DeliveryHookUrl'],
  ['clickHookUrl', 'ClickHookUrl'],
];

type Urls = { readonly kind: 'urls'; readonly urls: Partial<Record<UrlField, string>> } | Refused;

async function judgeUrls(rules: ServerRules, given: GivenServer): Promise<Urls> {
  const urls: Partial<Record<UrlField, string>> = {};
  for (const [field, wire] of URL_FIELDS) {
    const url = given[field]?.trim();
    if (url === undefined) continue;
    const problem = url === '' ? undefined : await rules.urlProblem(url);
    if (problem !== undefined) return refuse(SERVER_ERRORS.badUrl(wire, problem));
    urls[field] = url;
  }
  return { kind: 'urls', urls };
}

type Inbound = { readonly kind: 'domain'; readonly domain: string | undefined } | Refused;

async function judgeInboundDomain(
  { store, rules }: ServerDeps,
  given: string | undefined,
  own: Server | undefined,
): Promise<Inbound> {
  const text = given?.trim();
  if (text === undefined || text === '') return { kind: 'domain', domain: text };
  const wildcard = text.startsWith('*.') ? '*.' : '';
  const name = domainToAscii(text.slice(wildcard.length));
  if (name === undefined) return refuse(SERVER_ERRORS.badInboundDomain('it is not the name of a domain'));
  if (rules.ownNames.includes(name) || `.${name}`.endsWith(`.${rules.inboundDomain}`)) {
    return refuse(SERVER_ERRORS.badInboundDomain('it belongs to this installation'));
  }
  const domain = wildcard + name;
  const holder = await store.serverOfInboundDomain(domain);
  if (holder !== undefined && holder !== own?.id) return refuse(SERVER_ERRORS.inboundDomainTaken());
  if (domain === own?.settings.inboundDomain) return { kind: 'domain', domain };
  const problem = await rules.mxProblem(wildcard === '' ? name : `any.${name}`);
  return problem === undefined
    ? { kind: 'domain', domain }
    : refuse(SERVER_ERRORS.noInboundMx(domain, rules.inboundDomain, problem));
}

/** What another server had first, even if it came while DNS was asked. */
async function takenAsValue<T>(
  name: string,
  work: () => Promise<T>,
): Promise<{ readonly kind: 'value'; readonly value: T } | Refused> {
  try {
    return { kind: 'value', value: await work() };
  } catch (error) {
    if (error instanceof NameTaken) return refuse(SERVER_ERRORS.nameTaken(name));
    if (error instanceof InboundDomainTaken) return refuse(SERVER_ERRORS.inboundDomainTaken());
    throw error;
  }
}

function isEmpty(given: GivenServer): boolean {
  return Object.values(given).every((value) => value === undefined);
}

function refuse(error: ApiError): Refused {
  return { kind: 'refused', error };
}
