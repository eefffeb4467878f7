// Return paths that name a message and a recipient (VERP), and that nobody else can make up.
//
// The local part holds the message's UUID, the recipient's index and a MAC (HMAC-SHA256, cut to 96 bits) as 48 digits of
// base 32, in lower case: relays that fold case do no harm, and it fits the 64 octets of RFC 5321 4.5.3.1.1. A bounce to a
// forged or damaged return path is none of ours: it decodes to undefined. How old an id may be is for the caller to say.
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** At least 32 random bytes; as a key object (`returnPathKey`) it is five times as fast. */
export type ReturnPathKey = Uint8Array | KeyObject;

export interface ReturnPathId {
  /** UUID of the message, 36 characters; lower case when decoded. */
  readonly uuid: string;
  /** Index of the recipient, 0 to 65534; undefined where one transaction carried several. */
  readonly recipient: number | undefined;
}

const PREFIX = 'rp-';
/** Keeps this use of the key apart from any other. */
const PURPOSE = 'return-path:1:';
const SEVERAL = 0xffff;
const UUID_BYTES = 16;
const ID_BYTES = UUID_BYTES + 2;
const MAC_BYTES = 12;
/** 30 bytes are 6 groups of 40 bits, each 8 digits of base 32: no bit is left over, so each id has one spelling. */
const GROUP_BYTES = 5;
const GROUP_DIGITS = 8;
const FORM = /^rp-[0-9a-v]{48}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Prepares a key once, for many return paths. */
export function returnPathKey(bytes: Uint8Array): ReturnPathKey {
  return createSecretKey(bytes);
}

/** The local part, 51 characters: `rp-`, then digits and the letters a to v. */
export function encodeReturnPath(id: ReturnPathId, key: ReturnPathKey): string {
  const uuid = id.uuid.toLowerCase();
  const recipient = id.recipient ?? SEVERAL;
  if (!UUID.test(uuid)) throw new TypeError('a return path needs a UUID');
  if (!Number.isInteger(recipient) || recipient < 0 || (recipient === SEVERAL && id.recipient !== undefined)) {
    throw new RangeError('the index of a recipient is 0 to 65534');
  }
  const bytes = Buffer.alloc(ID_BYTES + MAC_BYTES);
  bytes.write(uuid.replaceAll('-', ''), 'hex');
  bytes.writeUInt16BE(recipient, UUID_BYTES);
  mac(bytes, key).copy(bytes, ID_BYTES, 0, MAC_BYTES);
  let text = PREFIX;
  for (let at = 0; at < bytes.length; at += GROUP_BYTES) {
    text += bytes.readUIntBE(at, GROUP_BYTES).toString(32).padStart(GROUP_DIGITS, '0');
  }
  return text;
}

/** What a local part names; undefined when this key did not make it. */
export function decodeReturnPath(localPart: string, key: ReturnPathKey): ReturnPathId | undefined {
  const text = localPart.toLowerCase();
  if (!FORM.test(text)) return undefined;
  const bytes = Buffer.alloc(ID_BYTES + MAC_BYTES);
  for (let at = 0, from = PREFIX.length; at < bytes.length; at += GROUP_BYTES, from += GROUP_DIGITS) {
    bytes.writeUIntBE(parseInt(text.slice(from, from + GROUP_DIGITS), 32), at, GROUP_BYTES);
  }
  if (!timingSafeEqual(mac(bytes, key).subarray(0, MAC_BYTES), bytes.subarray(ID_BYTES))) return undefined;
  const recipient = bytes.readUInt16BE(UUID_BYTES);
  const hex = bytes.toString('hex', 0, UUID_BYTES);
  return {
    uuid: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    recipient: recipient === SEVERAL ? undefined : recipient,
  };
}

function mac(bytes: Buffer, key: ReturnPathKey): Buffer {
  return createHmac('sha256', key).update(PURPOSE).update(bytes.subarray(0, ID_BYTES)).digest();
}
