// What a door hands to submit: a message as its client gave it, parsed but not judged, and what submit says to it.
//
// A door reads its wire format and nothing more. Every rule (stream, addresses, limits, sender, suppression) is applied
// in core/submit, once, so that HTTP and SMTP cannot drift apart.
import type { ApiError } from '../domain/api-error.ts';
import type { Server, TrackLinks } from '../domain/server.ts';
import type { TokenLimits } from '../domain/token-limits.ts';
import type { SendingKind } from '../domain/stream.ts';
import type { MessageId, StreamId } from '../lib/ids.ts';

/** Who is sending: a server by its token, or one stream of it by an SMTP token. */
export interface Principal {
  readonly server: Server;
  readonly tokenId: number;
  /** The only stream that the token may use; undefined where the message chooses. */
  readonly boundStream: StreamId | undefined;
  /** Of the token; undefined for none. */
  readonly limits?: TokenLimits | undefined;
}

export interface DraftAttachment {
  readonly name: string;
  /** Base64 as received; it is decoded and checked by submit. */
  readonly content: string;
  readonly contentType: string;
  readonly contentId: string | undefined;
}

/** A message given field by field (contract sending 6.1). Absent, null and empty optional fields are all `undefined`. */
export interface ContentDraft {
  readonly kind: 'content';
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly cc: string | undefined;
  readonly bcc: string | undefined;
  readonly replyTo: string | undefined;
  readonly subject: string | undefined;
  readonly htmlBody: string | undefined;
  readonly textBody: string | undefined;
  readonly tag: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly DraftAttachment[];
  readonly trackOpens: boolean | undefined;
  readonly trackLinks: TrackLinks | undefined;
  readonly streamId: string | undefined;
  /** Only over verified TLS all the way, or not at all (RFC 8689). */
  readonly requireTls?: boolean | undefined;
}

/** A message given as RFC 5322 source with an SMTP envelope (contract sending 11). */
export interface RawDraft {
  readonly kind: 'raw';
  readonly recipients: readonly string[];
  readonly raw: Uint8Array;
  readonly smtpUtf8: boolean;
  readonly requireTls?: boolean | undefined;
  /** The kind of the host that was connected to: picks the default stream, and only streams of that kind may be used. */
  readonly hostKind: SendingKind;
  /** The `with` of the Received field (RFC 3848): how the message came in. */
  readonly protocol: 'ESMTPA' | 'ESMTPSA';
}

export type Draft = ContentDraft | RawDraft;

export interface SubmitOptions {
  readonly via: 'http' | 'smtp' | 'cli';
  /** Validate only: nothing is kept or sent (`POSTMARK_API_TEST`, contract sending 1.2). */
  readonly dryRun: boolean;
  /** One of many that were handed over together: none of them is urgent. */
  readonly batched?: boolean;
  /** The id that the message has, where it may have been handed over before: a lane keeps the first of two. */
  readonly messageId?: MessageId | undefined;
}

export type SubmitResult =
  | {
      readonly kind: 'accepted';
      readonly messageId: MessageId;
      /** Unix milliseconds. */
      readonly submittedAt: number;
      /** Recipients left out because they are suppressed, as given; the others get the message. */
      readonly partlyInactive: readonly string[];
    }
  | { readonly kind: 'refused'; readonly messageId: MessageId; readonly error: ApiError }
  /** The queue cannot take it now (disk full, lane restarting): nothing was kept, the client shall try again. */
  | { readonly kind: 'unavailable'; readonly reason: string };
