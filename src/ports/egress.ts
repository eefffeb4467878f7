// The way out of a lane: SMTP to a destination through this lane's own addresses and connections, or into the capture.
//
// Promises: `send` ends within the deadlines of its configuration or soon after `signal` aborts; the result has one
// outcome per recipient, in order; a connection is never shared with another lane. Asks of callers: bound the number of
// calls per site with what `dispatch` allows.
import type { Outcome } from '../domain/outcome.ts';
import type { TlsRequirement } from '../mail/tls/requirement.ts';

/** One host of a site with the addresses to try, in order. */
export interface SiteHost {
  readonly host: string;
  readonly addresses: readonly string[];
  /** What a session with the host must prove; opportunistic TLS without one. */
  readonly tls?: TlsRequirement;
}

/**
 * The group of MX hosts of a destination; `key` is equal for domains that share them and require the same of TLS, since
 * sites of one key share connections.
 */
export interface Site {
  readonly key: string;
  /** In the order in which they are to be tried. */
  readonly hosts: readonly SiteHost[];
}

export interface Transaction {
  readonly mailFrom: string;
  readonly recipients: readonly string[];
  readonly smtpUtf8: boolean;
  /** The signed message, in parts to be sent one after the other; CRLF line ends, not dot-stuffed. */
  readonly content: readonly Uint8Array[];
}

export interface Egress {
  send(site: Site, transaction: Transaction, signal: AbortSignal): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}
