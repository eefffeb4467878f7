// DNS as delivery and verification need it.
//
// Promises: every call ends within the deadline of the implementation; "there is none" is an empty list or `nxdomain`,
// trouble is `temporary`; nothing is thrown. Answers may be cached within bounds. `secure` is there only where DNSSEC proved
// the answer, all aliases on the way included, and whoever says so is trusted to say it.
import type { TlsaRecord } from '../mail/tls/tlsa.ts';

export type DnsAnswer<T> =
  | {
      readonly kind: 'found';
      readonly records: readonly T[];
      readonly secure?: true;
      /** Of addresses: the name that the asked one is an alias of. */
      readonly canonical?: string;
    }
  /** The name exists but has no record of this type (NODATA). */
  | { readonly kind: 'none'; readonly secure?: true }
  /** The name does not exist (RFC 8020). */
  | { readonly kind: 'nxdomain'; readonly secure?: true }
  /** SERVFAIL, REFUSED, time-out, a broken answer, or one that fails DNSSEC: try again later. `reason` is for people. */
  | { readonly kind: 'temporary'; readonly reason: string };

export interface MxRecord {
  readonly preference: number;
  /** Lower-case, without the final dot; empty for a null MX (RFC 7505). */
  readonly exchange: string;
}

export interface Resolver {
  mx(domain: string): Promise<DnsAnswer<MxRecord>>;
  /** IPv4 addresses. */
  a(host: string): Promise<DnsAnswer<string>>;
  /** IPv6 addresses. */
  aaaa(host: string): Promise<DnsAnswer<string>>;
  /** Each record with its character strings joined. */
  txt(name: string): Promise<DnsAnswer<string>>;
  cname(name: string): Promise<DnsAnswer<string>>;
  /** Names of the host that has the IP address. */
  ptr(ip: string): Promise<DnsAnswer<string>>;
}

export interface TlsaResolver {
  /** `name` with its port and protocol, such as `_25._tcp.mx.example.com` (RFC 6698 section 3). */
  tlsa(name: string): Promise<DnsAnswer<TlsaRecord>>;
}
