// An accepted message: what is kept, queued and delivered. Made once, by core/submit; nothing changes it afterwards.
import type { AccountId, LaneId, MessageId, ServerId, StreamId } from '../lib/ids.ts';
import type { TrackLinks } from './server.ts';
import type { SendingKind } from './stream.ts';

export type RecipientRole = 'To' | 'Cc' | 'Bcc';

export interface Recipient {
  /** Position within the message, from 0; the name of the recipient in VERP tokens and events. */
  readonly index: number;
  /** As submitted, domain in A-label form, local part untouched. */
  readonly address: string;
  /** Lower-case A-label domain: what is looked up in DNS. */
  readonly domain: string;
  readonly name: string;
  readonly role: RecipientRole;
}

/** What read-back shows of a message without its body (contract management 7.3). */
export interface MessageSummary {
  /** The From header as shown, e.g. `"Ann" <ann@example.com>`. */
  readonly from: string;
  readonly fromAddress: string;
  readonly subject: string;
  readonly tag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly attachments: readonly string[];
  readonly trackOpens: boolean;
  readonly trackLinks: TrackLinks;
  readonly via: 'smtp' | 'http' | 'cli';
}

/** How recipients are treated by the lane: really delivered, or one of the test modes (contract sending 10). */
export type TestMode = 'none' | 'sandbox';

export interface Message {
  readonly id: MessageId;
  readonly accountId: AccountId;
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  readonly kind: SendingKind;
  readonly lane: LaneId;
  /** Unix milliseconds. */
  readonly acceptedAt: number;
  readonly recipients: readonly Recipient[];
  readonly summary: MessageSummary;
  /** The verified domain whose DKIM keys sign. */
  readonly signingDomain: string;
  readonly returnPathDomain: string;
  readonly testMode: TestMode;
  /** A fake bounce asked for by `X-PM-Bounce-Type`; it takes effect for bounce-testing recipients only. */
  readonly fakeBounce: string | undefined;
  /** True when an address or header needs SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** `required`: only over verified TLS all the way (REQUIRETLS, RFC 8689). `optional`: policies of destinations are not enforced. */
  readonly tls?: 'required' | 'optional';
  /** Length of the composed message in bytes. */
  readonly size: number;
}

/** A message with its composed, unsigned source: CRLF line ends, 7-bit clean unless `smtpUtf8`. */
export interface ComposedMessage {
  readonly message: Message;
  readonly raw: Uint8Array;
}
