// Certificate authorities for tests, made by openssl in a folder that is gone at once. Trusted by nobody who is not told to.
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsaRecord } from '../../src/mail/tls/tlsa.ts';
import { createHash } from 'node:crypto';

export interface Pair {
  /** PEM: its own certificate, then its issuers up to and with the root. */
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** Names of the host. */
  readonly names?: readonly string[];
  readonly expired?: true;
  readonly isCa?: true;
}

/** A root without an issuer. */
export function makeRoot(name = 'test root'): Pair {
  return inFolder((folder) => {
    openssl(folder, [
      'req',
      '-x509',
      ...NEW_KEY,
      '-out',
      'cert',
      '-subj',
      `/CN=${name}`,
      '-days',
      '30',
      ...CA_EXTENSIONS,
    ]);
    return { cert: readFileSync(join(folder, 'cert'), 'utf8'), key: readFileSync(join(folder, 'key'), 'utf8') };
  });
}

export function issue(issuer: Pair, { names = [], expired, isCa }: IssueOptions): Pair {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'issuer'), firstOf(issuer.cert));
    writeFileSync(join(folder, 'issuer.key'), issuer.key);
    writeFileSync(
      join(folder, 'extensions'),
      isCa === true
        ? 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n'
        : `basicConstraints=critical,CA:FALSE\nsubjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`,
    );
    openssl(folder, ['req', '-new', ...NEW_KEY, '-out', 'request', '-subj', `/CN=${names[0] ?? 'intermediate'}`]);
    const dates = ['-days', expired === true ? '-1' : '20'];
    const signing = ['-CA', 'issuer', '-CAkey', 'issuer.key', '-CAcreateserial', '-extfile', 'extensions'];
    openssl(folder, ['x509', '-req', '-in', 'request', ...signing, ...dates, '-out', 'cert']);
    const cert = readFileSync(join(folder, 'cert'), 'utf8') + issuer.cert;
    return { cert, key: readFileSync(join(folder, 'key'), 'utf8') };
  });
}

/** The certificates of a pair, its own first. */
export function certificatesOf({ cert }: Pair): X509Certificate[] {
  return (cert.match(/-----BEGIN[^]*?-----END CERTIFICATE-----\n?/g) ?? []).map((pem) => new X509Certificate(pem));
}

/** The record `usage selector matchingType` of a certificate. */
export function tlsaFor(certificate: X509Certificate | undefined, parameters: string): TlsaRecord {
  const [usage = 0, selector = 0, matchingType = 0] = parameters.split(' ').map(Number);
  if (certificate === undefined) throw new Error('there is no such certificate');
  const selected = selector === 1 ? certificate.publicKey.export({ format: 'der', type: 'spki' }) : certificate.raw;
  const digest = [undefined, 'sha256', 'sha512'][matchingType];
  const data = digest === undefined ? selected : createHash(digest).update(selected).digest();
  return { usage, selector, matchingType, data };
}

function firstOf(pem: string): string {
  return /-----BEGIN[^]*?-----END CERTIFICATE-----\n?/.exec(pem)?.[0] ?? '';
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'test-ca-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openssl(folder: string, args: readonly string[]): void {
  execFileSync('openssl', [...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key'];
const CA_EXTENSIONS = ['-addext', 'keyUsage=critical,keyCertSign'];
