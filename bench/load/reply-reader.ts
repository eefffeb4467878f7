// Reads SMTP replies from a byte stream without making strings: calls back once per whole reply with its code, also
// when replies arrive glued together or cut apart (RFC 5321 4.2.1: `250-…` goes on, `250 …` or `250` ends).
import type { Buffer } from 'node:buffer';

const LF = 10;
const DASH = 45;
const ZERO = 48;
const CODE_DIGITS = 3;

export interface ReplyReader {
  /** Takes the first `length` bytes of `bytes`, which may be used again afterwards. */
  feed(bytes: Buffer, length: number): void;
}

export function replyReader(onReply: (code: number) => void): ReplyReader {
  let column = 0;
  let code = 0;
  let goesOn = false;
  return {
    feed(bytes, length) {
      let at = 0;
      while (at < length) {
        if (column < CODE_DIGITS) {
          code = code * 10 + (bytes[at] ?? 0) - ZERO;
          column += 1;
          at += 1;
          continue;
        }
        if (column === CODE_DIGITS) {
          goesOn = bytes[at] === DASH;
          column += 1;
        }
        const end = bytes.indexOf(LF, at);
        if (end < 0 || end >= length) return;
        at = end + 1;
        const done = code;
        column = 0;
        code = 0;
        if (!goesOn) onReply(done);
      }
    },
  };
}
