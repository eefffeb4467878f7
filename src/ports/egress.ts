// The way out of a lane: SMTP to a destination through this lane's own addresses and connections, or into the capture.
//
// Promises: `send` ends within the deadlines of its configuration or soon after `signal` aborts; the result has one
// outcome per recipient, in order; a connection is never shared with another lane. Asks of callers: bound the number of
// calls per site with what `dispatch` allows.
import type { Outcome } from '../domain/outcome.ts';
import type { Via } from '../domain/pool.ts';
import type { TlsFlaw, TlsRequirement, TlsSession } from '../mail/tls/requirement.ts';

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
  /** Equal for all sites of the same hosts, where `key` has what is required of TLS in it. */
  readonly mxKey?: string;
  /** In the order in which they are to be tried. */
  readonly hosts: readonly SiteHost[];
  /** Nobody is told how TLS went. */
  readonly isUntold?: true;
}

export interface Transaction {
  readonly mailFrom: string;
  readonly recipients: readonly string[];
  readonly smtpUtf8: boolean;
  /** Only to a server that offers REQUIRETLS, which is told so (RFC 8689). */
  readonly requireTls?: true;
  /** The signed message, in parts to be sent one after the other; CRLF line ends, not dot-stuffed. */
  readonly content: readonly Uint8Array[];
}

/** How a session began with one host, as far as TLS goes. One per session, none where TLS had no part in its failure. */
export interface TlsResult {
  /** Of the recipients for whose sake the session was opened. */
  readonly domain: string;
  readonly host: string;
  readonly ip: string;
  readonly localIp: string | undefined;
  readonly requirement: TlsRequirement | undefined;
  /** Undefined where the session is in plain text, or was not opened. */
  readonly session: TlsSession | undefined;
  /** Why there is no TLS, or no proof; undefined where all is well. */
  readonly flaw: TlsFlaw | undefined;
}

export interface Egress {
  send(site: Site, transaction: Transaction, signal: AbortSignal): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** One of the lane's own addresses. */
export interface LocalAddress {
  /** Of its row in the control data. */
  readonly id: number;
  /** What sockets are bound to; undefined for the machine's own address, which the system chooses. */
  readonly bind: string | undefined;
  /** Undefined where it is of both. */
  readonly family: 4 | 6 | undefined;
  /** Of one that the system chooses: grows when what it may choose has changed. */
  readonly epoch: number;
  /** What events say of it; `ehlo` is the name that it greets with. */
  readonly via: Via;
}

/**
 * The addresses that a lane may leave through, as they are now. Promises: what it names belongs to the lane's own pool and
 * to no other. Asks of the egress: nothing is ever sent without a claim that was granted.
 */
export interface AddressBook {
  /** Those that may take mail for the site, in the order in which they are to be tried; none means that it waits. */
  forSite(site: Site): readonly LocalAddress[];
  /** False once it was taken out of the pool or is not fit any more: connections from it are closed. */
  isUsable(address: LocalAddress): boolean;
  /** Asks to send to so many recipients of the site through it, now; what is granted is counted. */
  claim(address: LocalAddress, site: Site, recipients: number): boolean;
  /**
   * Why mail may not leave from this IP address, which the system chose; undefined where it may. To be asked for each
   * connection that is not bound to an address: what belongs to another pool alone is not to be used.
   */
  chosenProblem(ip: string): string | undefined;
  /** The system did not let us use it (it is not bound any more, say): others come first for a while. */
  failed(address: LocalAddress): void;
}
