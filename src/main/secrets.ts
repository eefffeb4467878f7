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
  readonly erasureKey: Uint8Array;
  /** For links that confirm senders. */
  readonly confirmKey: Uint8Array;
  readonly unsubscribeKey: Uint8Array;
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
    erasureKey: deriveKey(master, 'erased address'),
    confirmKey: deriveKey(master, 'confirm sender'),
    unsubscribeKey: deriveKey(master, 'unsubscribe'),
  };
}

export function readTls(config: Config): SecureContext {
  const { cert, key } = tlsFiles(config);
  return createSecureContext({ cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.2' });
}

export function tlsFiles(config: Config): { readonly cert: string; readonly key: string } {
  const { data, tlsCert = join(data, 'tls.cert.pem'), tlsKey = join(data, 'tls.key.pem') } = config;
  return { cert: tlsCert, key: tlsKey };
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

export function contentOf(path: string): string | undefined {
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
export function writeWhole(path: string, content: string): void {
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, content, { mode: OWNER_ONLY_FILE, flush: true });
  renameSync(fresh, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
