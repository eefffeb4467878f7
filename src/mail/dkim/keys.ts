// DKIM keys (RFC 6376 3.6.1, RFC 8463 4).
export type DkimKeyAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

export interface DkimKeyPair {
  /** PKCS #8. */
  readonly privateKeyPem: string;
  /** Value of the TXT record, `k=rsa; p=…`. */
  readonly recordValue: string;
}

export async function generateDkimKey(_algorithm: DkimKeyAlgorithm): Promise<DkimKeyPair> {
  throw new Error('not written yet');
}
