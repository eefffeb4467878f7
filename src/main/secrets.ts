// What an installation keeps to itself, in its data folder: the master key and, where none is configured, the TLS pair.
// Made at the first start, readable by the owner only, never changed afterwards.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Config } from './config.ts';
import { deriveKey } from '../lib/keyed-hash.ts';

export interface Secrets {
  readonly tokenHashKey: Uint8Array;
  readonly vaultKey: Uint8Array;
  readonly returnPathKey: Uint8Array;
}

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const KEY_BYTES = 32;

export function makeDataFolder(config: Config): void {
  mkdirSync(join(config.data, 'lanes'), { recursive: true, mode: OWNER_ONLY_FOLDER });
}

export function readSecrets(config: Config): Secrets {
  const master = config.secret ?? masterKeyIn(config.data);
  return {
    tokenHashKey: deriveKey(master, 'token hash'),
    vaultKey: deriveKey(master, 'vault'),
    returnPathKey: deriveKey(master, 'return path'),
  };
}

export async function readTls(config: Config): Promise<SecureContext> {
  const pair =
    config.tlsCert !== undefined && config.tlsKey !== undefined
      ? { cert: config.tlsCert, key: config.tlsKey }
      : await ownPair(config);
  return createSecureContext({ cert: readFileSync(pair.cert), key: readFileSync(pair.key), minVersion: 'TLSv1.2' });
}

function masterKeyIn(folder: string): Uint8Array {
  const path = join(folder, 'secret.key');
  const known = contentOf(path);
  if (known !== undefined) {
    const key = Buffer.from(known.trim(), 'hex');
    if (key.length !== KEY_BYTES)
      throw new Error(
        `${path} does not hold ${KEY_BYTES * 2} hex digits: restore it from a copy, no token works without it`,
      );
    return key;
  }
  const key = randomBytes(KEY_BYTES);
  writeWhole(path, `${key.toString('hex')}\n`);
  return key;
}

const TEN_YEARS_MS = 3650 * 86_400_000;

async function ownPair(config: Config): Promise<{ cert: string; key: string }> {
  const pair = { cert: join(config.data, 'tls.cert.pem'), key: join(config.data, 'tls.key.pem') };
  if (contentOf(pair.cert) !== undefined && contentOf(pair.key) !== undefined) return pair;
  // Loaded only here: it is large, and needed once in the life of an installation.
  const { generate } = await import('selfsigned');
  const names = [config.hostname, config.broadcastHostname, 'localhost'];
  const made = await generate([{ name: 'commonName', value: config.hostname }], {
    keySize: 2048,
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + TEN_YEARS_MS),
    extensions: [{ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2 as const, value })) }],
  });
  writeWhole(pair.key, made.private);
  writeWhole(pair.cert, made.cert);
  return pair;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * A file is there whole or not at all, also when the power goes in between: what is sealed with the master key would be
 * lost with it.
 */
function writeWhole(path: string, content: string): void {
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, content, { mode: OWNER_ONLY_FILE, flush: true });
  renameSync(fresh, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
