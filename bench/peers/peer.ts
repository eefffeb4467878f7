// A mail server under measurement: where to send, what it uses, how to end it.

import type { Zone } from '../system/dns.ts';

export type PeerName = 'bulkhead' | 'postfix' | 'postfix+opendkim';

export interface Peer {
  readonly name: PeerName;
  readonly version: string;
  readonly smtpPort: number;
  /** Where broadcasts are handed in over SMTP. */
  readonly broadcastPort: number;
  /** User and password of AUTH PLAIN, where it wants one. */
  readonly auth: string | undefined;
  readonly http: { readonly port: number; readonly token: string } | undefined;
  /** CPU of all its processes since it started, seconds. */
  cpuSeconds(): number;
  /** Memory of all its processes now, bytes of PSS. */
  pssBytes(): number;
  /** Ends it in good order, by force after a while; its data stays. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** What every peer is started with. */
export interface PeerSetting {
  readonly sinkPort: number;
  /** How many domains `sink0.test` … lead to the sink. */
  readonly domains: number;
  /** Instead of `domains`: what the DNS says. */
  readonly zone?: Zone;
}
