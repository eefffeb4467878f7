// DKIM signatures over whole messages (RFC 6376 5, RFC 8463 for Ed25519), relaxed/relaxed.
//
// The body is hashed once for all signers, and the heavy operation runs on the thread pool. Fields that a reader trusts are
// over-signed (RFC 6376 8.15): one more of them added on the way breaks the signature. Fields that list software reads are
// signed as often as they are present (RFC 8058 4 asks for List-Unsubscribe and List-Unsubscribe-Post). The message must be
// in its final form: 7-bit where the next host is, CRLF line ends.
import { hash, type KeyObject, sign } from 'node:crypto';
import { canonicalBody, canonicalField } from './canonicalise.ts';
import type { DkimKeyAlgorithm } from './keys.ts';

export interface DkimSigner {
  /** `d=`, in A-label form. */
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimKeyAlgorithm;
  /** Made once per key (`loadDkimKey`), not per message. */
  readonly key: KeyObject;
}

export interface SignOptions {
  /** Unix milliseconds, for `t=`. */
  readonly now: number;
}

const OVERSIGNED = [
  'from',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'reply-to',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
];
const SIGNED_IF_PRESENT = [
  'sender',
  'in-reply-to',
  'references',
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'feedback-id',
];
const ORDER: readonly (readonly [name: string, isOverSigned: boolean])[] = [
  ...OVERSIGNED.map((name) => [name, true] as const),
  ...SIGNED_IF_PRESENT.map((name) => [name, false] as const),
];
const LINE_GOAL = 76;
const SIGNATURE_LINE = 72;

/** The DKIM-Signature fields, CRLF ended, one for each signer in their order, to go before the message. */
export async function signMessage(
  raw: Uint8Array,
  signers: readonly DkimSigner[],
  options: SignOptions,
): Promise<string> {
  if (signers.length === 0) return '';
  const message = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const { header, body } = splitAtBody(message);
  const signed = selectFields(header);
  const bodyHash = hash('sha256', joined(canonicalBody(body)), 'base64');
  const shared = `t=${Math.floor(options.now / 1000)};\r\n ${foldNames(signed.names)};\r\n bh=${bodyHash};\r\n b=`;
  const [first] = signers;
  if (signers.length === 1 && first !== undefined) return signOne(first, signed.data, shared);
  const fields = await Promise.all(signers.map((signer) => signOne(signer, signed.data, shared)));
  return fields.join('');
}

async function signOne(signer: DkimSigner, headerData: string, shared: string): Promise<string> {
  const tags = `v=1; a=${signer.algorithm}; c=relaxed/relaxed;\r\n d=${signer.domain}; s=${signer.selector};\r\n ${shared}`;
  const field = `DKIM-Signature: ${tags}`;
  const data = Buffer.from(headerData + canonicalField(field), 'latin1');
  const signature = await signData(signer, data);
  return `${field}${foldSignature(signature)}\r\n`;
}

function signData(signer: DkimSigner, data: Buffer): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const done = (error: Error | null, signature: Buffer): void => {
    if (error === null) resolve(signature.toString('base64'));
    else reject(new Error(`signing for ${signer.domain} failed`, { cause: error }));
  };
  // Ed25519 signs the SHA-256 of the data, and no hash of its own (RFC 8463 3).
  if (signer.algorithm === 'rsa-sha256') sign('sha256', data, signer.key, done);
  else sign(null, hash('sha256', data, 'buffer'), signer.key, done);
  return promise;
}

function splitAtBody(message: Buffer): { header: string; body: Buffer } {
  if (message[0] === 13 && message[1] === 10) return { header: '', body: message.subarray(2) };
  const end = message.indexOf('\r\n\r\n', 0, 'latin1');
  if (end < 0) return { header: message.toString('latin1'), body: message.subarray(message.length) };
  return { header: message.toString('latin1', 0, end), body: message.subarray(end + 4) };
}

interface SignedFields {
  /** The value of `h=`. */
  readonly names: readonly string[];
  /** The canonical fields in that order, each CRLF ended (RFC 6376 3.7). */
  readonly data: string;
}

/** Several fields of one name are signed from the last upward (RFC 6376 5.4.2); a name without a field left signs its absence. */
function selectFields(header: string): SignedFields {
  const byName = new Map<string, string[]>();
  for (const raw of fieldsOf(header)) {
    const name = raw
      .slice(0, Math.max(raw.indexOf(':'), 0))
      .trimEnd()
      .toLowerCase();
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [raw]);
    else same.unshift(raw);
  }
  const names: string[] = [];
  let data = '';
  for (const [name, isOverSigned] of ORDER) {
    for (const raw of byName.get(name) ?? []) {
      names.push(name);
      data += `${canonicalField(raw)}\r\n`;
    }
    if (isOverSigned) names.push(name);
  }
  return { names, data };
}

/** Each with its folds and without its line end. */
function fieldsOf(header: string): readonly string[] {
  const fields: string[] = [];
  let start = 0;
  for (let end = header.indexOf('\r\n'); end >= 0; end = header.indexOf('\r\n', end + 2)) {
    const next = header.charCodeAt(end + 2);
    if (next === SPACE || next === TAB) continue;
    fields.push(header.slice(start, end));
    start = end + 2;
  }
  fields.push(header.slice(start));
  return fields;
}

const SPACE = 32;
const TAB = 9;

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

function foldNames(names: readonly string[]): string {
  let out = '';
  let line = 'h=';
  names.forEach((name, index) => {
    const text = index < names.length - 1 ? `${name}:` : name;
    if (line.length + text.length > LINE_GOAL) {
      out += `${line}\r\n `;
      line = '';
    }
    line += text;
  });
  return out + line;
}

function foldSignature(signature: string): string {
  let out = signature.slice(0, SIGNATURE_LINE);
  for (let at = SIGNATURE_LINE; at < signature.length; at += SIGNATURE_LINE) {
    out += `\r\n ${signature.slice(at, at + SIGNATURE_LINE)}`;
  }
  return out;
}
