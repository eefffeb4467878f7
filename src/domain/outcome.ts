// What became of one recipient in one attempt. Deliver makes it, settle acts on it.
import type { BounceType } from './bounce/types.ts';
import type { Via } from './pool.ts';

/** The far side of an attempt, as far as it was reached. */
export interface Peer {
  readonly host: string;
  readonly ip: string;
  readonly tls: boolean;
  /** How it proved who it is, where that was asked for: `dane`, `mta-sts`, or `pkix` for REQUIRETLS. */
  readonly tlsPolicy?: 'dane' | 'mta-sts' | 'pkix';
}

/** A reply of a remote server: `code` 0 and an empty text where there was none. */
export interface RemoteReply {
  readonly code: number;
  /** `X.Y.Z` as sent (RFC 3463), absent where none was. */
  readonly enhanced: string | undefined;
  /** All lines, joined by a space, without code and enhanced code; at most 1,000 characters. */
  readonly text: string;
}

/** Where in an attempt it ended; `route` is before any connection (DNS, policy). */
export type Phase = 'route' | 'connect' | 'greeting' | 'ehlo' | 'tls' | 'mail' | 'rcpt' | 'data' | 'body' | 'final';

interface Common {
  readonly peer: Peer | undefined;
  /** What it left through; absent where nothing was sent over a network. */
  readonly via?: Via | undefined;
  readonly phase: Phase;
  /** What was said, one line after the other; with the first recipient of an attempt only. */
  readonly transcript?: string;
}

export type Outcome =
  /** `mode` says whether a remote host, the capture, a sandbox or the black hole took it. */
  | (Common & { readonly kind: 'delivered'; readonly reply: RemoteReply; readonly mode: DeliveredMode })
  /** Temporary: to be tried again. `detail` is for people, e.g. `timed out while connecting to mx.example.com`. */
  | (Common & { readonly kind: 'deferred'; readonly reply: RemoteReply | undefined; readonly detail: string })
  /** Permanent refusal by the far side, or for a reason that no retry mends (no such domain, null MX). */
  | (Common & {
      readonly kind: 'bounced';
      readonly reply: RemoteReply | undefined;
      readonly detail: string;
      readonly type: BounceType;
    })
  /** Permanent refusal of ours: policy, a mail loop, an address family or network that is not allowed. */
  | (Common & { readonly kind: 'refused'; readonly detail: string })
  /** The reply to the final dot was lost: retried, and counted as a possible duplicate. */
  | (Common & { readonly kind: 'unknown'; readonly detail: string });

export type DeliveredMode = 'remote' | 'capture' | 'sandbox' | 'blackhole';
