// One connection into the sink: enough of an SMTP server (RFC 5321, PIPELINING, CHUNKING, SIZE, 8BITMIME) to take mail from a
// correct client with as little work as possible. It looks at the header of each message for the bench id and a
// DKIM signature and throws the rest away.
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { ID_DIGITS, ID_HEADER } from '../load/message.ts';

export interface SinkMode {
  readonly greetingDelayMs: number;
  /** Before the reply to the final dot. */
  readonly dotDelayMs: number;
  /** A connection that was silent for so long after a message is closed, so that each message needs a new one; 0: never. */
  readonly idleCloseMs: number;
  /** Above 0: every session is told `421` after so long, by turns to its greeting, its MAIL and its RCPT. */
  readonly refuseAfterMs: number;
  /** Above 0: replies leave byte by byte, this far apart. */
  readonly byteDelayMs: number;
}

export const NORMAL_MODE: SinkMode = {
  greetingDelayMs: 0,
  dotDelayMs: 0,
  idleCloseMs: 0,
  refuseAfterMs: 0,
  byteDelayMs: 0,
};

export interface Arrival {
  /** Undefined for a message without the bench header. */
  readonly id: number | undefined;
  readonly signed: boolean;
}

export interface SinkHooks {
  mode(): SinkMode;
  /** How many sessions came before this one. */
  readonly turn: number;
  /** Keeps a reply back, until then or until the mode changes; gives what calls it off. */
  hold(milliseconds: number, reply: () => void): () => void;
  /** Called just before the reply that takes the message is written. */
  arrived(arrival: Arrival): void;
}

const GREETING = '220 sink.test ESMTP\r\n';
const EHLO_REPLY = '250-sink.test\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-SIZE 52428800\r\n250 8BITMIME\r\n';
const OK = '250 2.0.0 Ok\r\n';
const REFUSAL = '421 4.3.2 Service not available, try again later\r\n';
const REFUSED_AT = ['GREETING', 'MAIL', 'RCPT'] as const;
const END = Buffer.from('\r\n.\r\n');
const HEADER_END = Buffer.from('\r\n\r\n');
const HEADER_LIMIT = 64 * 1024;
const ID_MARK = Buffer.from(`\r\n${ID_HEADER}: `);
const SIGNATURE_MARK = Buffer.from('DKIM-Signature:');
/** A message that is empty ends with `.CRLF` right behind the CRLF of DATA. */
const AFTER_DATA = Buffer.from('\r\n');

export function serveSinkSession(socket: Socket, hooks: SinkHooks): void {
  let inMessage = false;
  let chunk: { readonly bytes: number; readonly replies: string } | undefined;
  let pendingLine = '';
  let tail: Buffer = AFTER_DATA;
  let head: Buffer | undefined;
  let arrival: Arrival | undefined;
  let refused = false;
  const refusedAt = REFUSED_AT[hooks.turn % REFUSED_AT.length];
  const write = writerOf(socket, hooks);

  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('timeout', () => socket.end());
  socket.on('data', take);
  if (refuses('GREETING')) refuse('');
  else after(hooks.mode().greetingDelayMs, () => write(GREETING));

  function refuses(verb: string): boolean {
    return verb === refusedAt && hooks.mode().refuseAfterMs > 0;
  }

  /** What comes meanwhile is read and thrown away, so that the reply is not lost to a reset. */
  function refuse(replies: string): void {
    refused = true;
    if (replies !== '') write(replies);
    after(hooks.mode().refuseAfterMs, () => socket.end(REFUSAL));
  }

  function take(bytes: Buffer): void {
    if (refused) return;
    if (chunk !== undefined) takeChunk(bytes);
    else if (inMessage) takeMessage(bytes);
    else takeCommands(bytes);
  }

  function takeCommands(bytes: Buffer): void {
    const text = pendingLine + bytes.toString('latin1');
    let replies = '';
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const begin = from;
      const verb = text.slice(from, from + 4).toUpperCase();
      from = end + 1;
      if (refuses(verb)) return refuse(replies);
      if (verb === 'DATA') {
        write(`${replies}354 Go ahead\r\n`);
        return startMessage(text.slice(from));
      }
      if (verb === 'BDAT') {
        chunk = { bytes: Number(text.slice(begin + 5, end).split(' ', 1)[0]), replies };
        pendingLine = '';
        return takeChunk(Buffer.from(text.slice(from), 'latin1'));
      }
      if (verb === 'QUIT') {
        socket.end(`${replies}221 2.0.0 Bye\r\n`);
        return;
      }
      replies += verb === 'EHLO' ? EHLO_REPLY : OK;
    }
    pendingLine = text.slice(from);
    if (replies !== '') write(replies);
  }

  /** All of a message in one chunk (`BDAT n LAST`); its reply goes out with those of the commands before it. */
  function takeChunk(bytes: Buffer): void {
    if (chunk === undefined) return;
    head = head === undefined ? bytes : Buffer.concat([head, bytes]);
    if (head.length < chunk.bytes) return;
    const done = inspect(head.subarray(0, chunk.bytes));
    const rest = head.subarray(chunk.bytes);
    const { replies } = chunk;
    chunk = undefined;
    head = undefined;
    finish(done, { replies, rest });
  }

  function startMessage(rest: string): void {
    inMessage = true;
    pendingLine = '';
    tail = AFTER_DATA;
    head = undefined;
    arrival = undefined;
    if (rest !== '') takeMessage(Buffer.from(rest, 'latin1'));
  }

  function takeMessage(chunk: Buffer): void {
    if (arrival === undefined) readHead(chunk);
    const end = endOfMessage(tail, chunk);
    if (end === undefined) {
      tail = lastBytes(tail, chunk);
      return;
    }
    inMessage = false;
    const done = arrival ?? inspect(head ?? chunk);
    const rest = chunk.subarray(end);
    finish(done, { replies: '', rest });
  }

  function finish(done: Arrival, { replies, rest }: { readonly replies: string; readonly rest: Buffer }): void {
    const delay = hooks.mode().dotDelayMs;
    // Commands sent behind the message are answered after it: nothing is read while its reply is held back.
    if (delay > 0) socket.pause();
    after(delay, () => {
      if (delay > 0) socket.resume();
      hooks.arrived(done);
      write(replies + OK);
      socket.setTimeout(hooks.mode().idleCloseMs);
      if (rest.length > 0) takeCommands(rest);
    });
  }

  function readHead(chunk: Buffer): void {
    const soFar = head === undefined ? chunk : Buffer.concat([head, chunk]);
    if (soFar.includes(HEADER_END) || soFar.length > HEADER_LIMIT) arrival = inspect(soFar);
    else head = soFar;
  }

  function after(milliseconds: number, act: () => void): void {
    if (milliseconds <= 0) return act();
    socket.once('close', hooks.hold(milliseconds, act));
  }
}

/** Writes at once or, in a tarpit, byte by byte in order. */
function writerOf(socket: Socket, hooks: SinkHooks): (text: string) => void {
  let waiting = '';
  let dripping = false;
  return (text) => {
    const { byteDelayMs } = hooks.mode();
    if (byteDelayMs <= 0 && !dripping) {
      socket.write(text);
      return;
    }
    waiting += text;
    if (dripping) return;
    dripping = true;
    const timer = setInterval(() => {
      socket.write(waiting.slice(0, 1));
      waiting = waiting.slice(1);
      dripping = waiting !== '';
      if (!dripping) clearInterval(timer);
    }, byteDelayMs);
    socket.once('close', () => clearInterval(timer));
  };
}

function inspect(head: Buffer): Arrival {
  const mark = head.indexOf(ID_MARK);
  const from = mark + ID_MARK.length;
  const id = mark < 0 ? undefined : Number(head.toString('latin1', from, from + ID_DIGITS));
  return { id, signed: head.includes(SIGNATURE_MARK) };
}

/** Offset in `chunk` just behind the final dot's CRLF, which may have begun in the bytes before (`tail`). */
function endOfMessage(tail: Buffer, chunk: Buffer): number | undefined {
  const seam = Buffer.concat([tail, chunk.subarray(0, END.length - 1)]).indexOf(END);
  if (seam >= 0) return seam + END.length - tail.length;
  const at = chunk.indexOf(END);
  return at < 0 ? undefined : at + END.length;
}

function lastBytes(tail: Buffer, chunk: Buffer): Buffer {
  const keep = END.length - 1;
  if (chunk.length >= keep) return Buffer.from(chunk.subarray(chunk.length - keep));
  const both = Buffer.concat([tail, chunk]);
  return both.subarray(Math.max(0, both.length - keep));
}
