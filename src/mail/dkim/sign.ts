// DKIM signatures (RFC 6376, RFC 8463).
import type { KeyObject } from 'node:crypto';
import type { DkimKeyAlgorithm } from './keys.ts';

export interface DkimSigner {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimKeyAlgorithm;
  /** Made once per key (`createPrivateKey`), not per message. */
  readonly key: KeyObject;
}

export interface SignOptions {
  /** Unix milliseconds. */
  readonly now: number;
}

/** The DKIM-Signature fields, CRLF ended, to go before the message. */
export async function signMessage(
  _raw: Uint8Array,
  _signers: readonly DkimSigner[],
  _options: SignOptions,
): Promise<string> {
  throw new Error('not written yet');
}
