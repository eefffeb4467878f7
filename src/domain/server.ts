// A server: a container of streams with its own tokens and settings, as in Postmark (contract management 2.2).
import type { AccountId, ServerId, StreamId } from '../lib/ids.ts';

export type TrackLinks = 'None' | 'HtmlAndText' | 'HtmlOnly' | 'TextOnly';
export const TRACK_LINKS: readonly TrackLinks[] = ['None', 'HtmlAndText', 'HtmlOnly', 'TextOnly'];

export type DeliveryType = 'Live' | 'Sandbox';
/** What a refused SMTP submission gets: a 5xx in the dialogue, or Postmark's silent acceptance and a later bounce. */
export type SmtpRefusals = 'Dialogue' | 'Bounce';

export interface ServerSettings {
  readonly deliveryType: DeliveryType;
  readonly smtpApiActivated: boolean;
  readonly smtpRefusals: SmtpRefusals;
  readonly trackOpens: boolean;
  readonly trackLinks: TrackLinks;
}

export const DEFAULT_SERVER_SETTINGS: ServerSettings = {
  deliveryType: 'Live',
  smtpApiActivated: true,
  smtpRefusals: 'Dialogue',
  trackOpens: false,
  trackLinks: 'None',
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
}
