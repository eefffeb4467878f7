// Reads HTTP/1.1 responses with a Content-Length from one keep-alive connection (RFC 9112 6.3), whole bodies at a time.
import { Buffer } from 'node:buffer';

const HEADER_END = Buffer.from('\r\n\r\n');

export interface ResponseReader {
  feed(bytes: Buffer): void;
}

/** @param onResponse called with the status and the whole body; @param onProblem with what cannot be read. */
export function responseReader(
  onResponse: (status: number, body: Buffer) => void,
  onProblem: (why: string) => void,
): ResponseReader {
  let pending: Buffer = Buffer.alloc(0);
  let whole: { readonly status: number; readonly bodyFrom: number; readonly end: number } | undefined;
  return {
    feed(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      whole ??= readHead(pending);
      if (whole === undefined || pending.length < whole.end) return;
      const { status, bodyFrom, end } = whole;
      if (Number.isNaN(end)) return onProblem('a response without Content-Length');
      const body = pending.subarray(bodyFrom, end);
      pending = pending.subarray(end);
      whole = undefined;
      onResponse(status, body);
    },
  };
}

function readHead(bytes: Buffer): { status: number; bodyFrom: number; end: number } | undefined {
  const end = bytes.indexOf(HEADER_END);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
  const bodyFrom = end + HEADER_END.length;
  return { status: Number(head.slice(9, 12)), bodyFrom, end: bodyFrom + length };
}
