// What a remote server offers, read from its reply to EHLO (RFC 5321 4.1.1.1).
import type { Reply } from './remote-reply.ts';

export interface Capabilities {
  /** RFC 2920: commands may be sent without waiting for each reply. */
  readonly pipelining: boolean;
  /** RFC 3030: content may be sent by its length, without asking first. */
  readonly chunking: boolean;
  /** RFC 3207. */
  readonly startTls: boolean;
  /** RFC 6152. */
  readonly eightBitMime: boolean;
  /** RFC 6531. */
  readonly smtpUtf8: boolean;
  /** RFC 8689. */
  readonly requireTls: boolean;
  /** RFC 1870: whether MAIL FROM may carry SIZE. */
  readonly size: boolean;
  /** Bytes of the largest message, undefined where none is said (`SIZE` alone or `SIZE 0`). */
  readonly maxSize: number | undefined;
}

/** After HELO. */
export const NO_CAPABILITIES: Capabilities = {
  pipelining: false,
  chunking: false,
  startTls: false,
  eightBitMime: false,
  smtpUtf8: false,
  requireTls: false,
  size: false,
  maxSize: undefined,
};

/** The first line names the server; keywords are in any case. Some old servers write `SIZE=n`. */
export function readCapabilities(ehlo: Reply): Capabilities {
  const offered = new Map<string, string>();
  for (const line of ehlo.lines.slice(1)) {
    const [keyword = '', parameter = ''] = line.trim().split(/[ =]+/, 2);
    offered.set(keyword.toUpperCase(), parameter);
  }
  const size = offered.get('SIZE');
  return {
    pipelining: offered.has('PIPELINING'),
    chunking: offered.has('CHUNKING'),
    startTls: offered.has('STARTTLS'),
    eightBitMime: offered.has('8BITMIME'),
    smtpUtf8: offered.has('SMTPUTF8'),
    requireTls: offered.has('REQUIRETLS'),
    size: size !== undefined,
    maxSize: size !== undefined && /^[0-9]{1,15}$/.test(size) && Number(size) > 0 ? Number(size) : undefined,
  };
}
