// Links by which recipients leave a stream: short, opaque, and made by us alone (contract sending 14).
//
// The token is the authenticated id that return paths have, under a key of its own: it names the message, and the recipient
// where the message has one. A message for several is one source, so its link cannot say who follows it; the page behind it
// asks. What it leads to is looked up while the message is kept.
import { decodeReturnPath, encodeReturnPath, type ReturnPathKey } from '../mail/verp.ts';
import { parseMessageId, type MessageId } from '../lib/ids.ts';

export interface UnsubscribeId {
  readonly messageId: MessageId;
  /** Index within the message; undefined where it has several recipients. */
  readonly recipient: number | undefined;
}

/** The path in front of a token. */
export const UNSUBSCRIBE_PATH = '/unsubscribe/';
/** What a return path has in front of its digits. */
const PREFIX = 'rp-';

/** 48 digits and lower-case letters. */
export function unsubscribeToken({ messageId, recipient }: UnsubscribeId, key: ReturnPathKey): string {
  return encodeReturnPath({ uuid: messageId, recipient }, key).slice(PREFIX.length);
}

/** Undefined for what this key has not made. */
export function readUnsubscribeToken(token: string, key: ReturnPathKey): UnsubscribeId | undefined {
  const read = decodeReturnPath(`${PREFIX}${token}`, key);
  const messageId = read && parseMessageId(read.uuid);
  return messageId && { messageId, recipient: read.recipient };
}
