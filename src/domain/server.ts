// A server: a container of streams with its own tokens and settings, as in Postmark (contract management 2.2).
import type { TokenLimits } from './token-limits.ts';
import type { AccountId, ServerId, StreamId } from '../lib/ids.ts';

export type TrackLinks = 'None' | 'HtmlAndText' | 'HtmlOnly' | 'TextOnly';
export const TRACK_LINKS: readonly TrackLinks[] = ['None', 'HtmlAndText', 'HtmlOnly', 'TextOnly'];

export type DeliveryType = 'Live' | 'Sandbox';
/** What a refused SMTP submission gets: a 5xx in the dialogue, or Postmark's silent acceptance and a later bounce. */
export type SmtpRefusals = 'Dialogue' | 'Bounce';

/** Lower case, as clients look them up (contract management 2.3). */
export const SERVER_COLORS = ['purple', 'blue', 'turquoise', 'green', 'red', 'yellow', 'grey', 'orange'] as const;
export type ServerColor = (typeof SERVER_COLORS)[number];

export interface ServerSettings {
  /** Fixed at creation. */
  readonly deliveryType: DeliveryType;
  readonly color: ServerColor;
  readonly smtpApiActivated: boolean;
  readonly smtpRefusals: SmtpRefusals;
  readonly trackOpens: boolean;
  readonly trackLinks: TrackLinks;
  readonly rawEmailEnabled: boolean;
  /** Local part of the server's inbound address; fixed at creation. */
  readonly inboundHash: string;
  /** Empty texts are not set; so are the other URLs. */
  readonly inboundHookUrl: string;
  /** Lower-case A-label form; may begin with `*.`. */
  readonly inboundDomain: string;
  /** 0 to 30; 0 is no threshold. */
  readonly inboundSpamThreshold: number;
  readonly bounceHookUrl: string;
  readonly openHookUrl: string;
  readonly deliveryHookUrl: string;
  readonly clickHookUrl: string;
  readonly postFirstOpenOnly: boolean;
  readonly includeBounceContentInHook: boolean;
  readonly enableSmtpApiErrorHooks: boolean;
  /** Over the API; 0 is no limit, undefined what the installation says. */
  readonly requestsPerMinute: number | undefined;
}

export const DEFAULT_SERVER_SETTINGS: ServerSettings = {
  deliveryType: 'Live',
  color: 'blue',
  smtpApiActivated: true,
  smtpRefusals: 'Dialogue',
  trackOpens: false,
  trackLinks: 'None',
  rawEmailEnabled: false,
  inboundHash: '',
  inboundHookUrl: '',
  inboundDomain: '',
  inboundSpamThreshold: 0,
  bounceHookUrl: '',
  openHookUrl: '',
  deliveryHookUrl: '',
  clickHookUrl: '',
  postFirstOpenOnly: false,
  includeBounceContentInHook: false,
  enableSmtpApiErrorHooks: false,
  requestsPerMinute: undefined,
};

export interface Server {
  readonly id: ServerId;
  readonly accountId: AccountId;
  readonly name: string;
  readonly createdAt: number;
  readonly settings: ServerSettings;
}

/** A token as the store knows it: by its keyed hash. `hint` is its first four characters, for lists shown to people. */
export interface TokenRecord {
  readonly id: number;
  readonly kind: 'account' | 'server' | 'smtp';
  readonly accountId: AccountId;
  /** Absent on account tokens. */
  readonly serverId: ServerId | undefined;
  /** The one stream of an SMTP token; absent on the others. */
  readonly streamId: StreamId | undefined;
  readonly hint: string;
  readonly createdAt: number;
  readonly revokedAt: number | undefined;
  /** Unix milliseconds, a minute late at most; undefined where it was never used. */
  readonly lastUsedAt?: number | undefined;
  readonly limits?: TokenLimits | undefined;
}
