// One session of the SMTP load: a connection that sends message after message (or one, and is then opened anew) as fast
// as the server answers. MAIL, RCPT and DATA leave in one write when PIPELINING is offered (RFC 2920), one by one
// otherwise; a message and its final dot are one write. Nothing is made per message but a few digits in place.
//
// A refusal counts one message as failed and opens a new connection; the server's words are kept for the report.
import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { nowMicros } from '../system/clock.ts';
import { envelopeTemplates, messageTemplate, stamp, type DomainRange, type Template } from './message.ts';
import { replyReader } from './reply-reader.ts';

export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  readonly size: number;
  readonly domains: DomainRange;
  readonly reuse: boolean;
  /** Sent as user and password of AUTH PLAIN (RFC 4616) where given. */
  readonly auth: string | undefined;
  /** Wait before each message. */
  readonly pauseMs: number;
}

/** What a session asks for and tells. */
export interface SessionSource {
  /** The id of the next message, or undefined when all have been handed out. */
  next(): number | undefined;
  accepted(id: number, mailFromAt: number, at: number): void;
  failed(id: number | undefined, why: string): void;
  /** The session has nothing more to do. */
  finished(): void;
}

type State = 'greeting' | 'ehlo' | 'auth' | 'envelope' | 'body' | 'quit' | 'closed';

const EHLO = Buffer.from('EHLO bench.sender.test\r\n');
const QUIT = Buffer.from('QUIT\r\n');
const READ_BYTES = 4096;
const ENVELOPE_REPLIES = 3;

export function runSession(options: SessionOptions, source: SessionSource): void {
  const body = messageTemplate(options.size, options.domains.digits);
  const pipelined = envelopeTemplates(true, options.domains.digits);
  const single = envelopeTemplates(false, options.domains.digits);
  const auth = options.auth === undefined ? undefined : authPlain(options.auth);
  const buffer = Buffer.alloc(READ_BYTES);
  let id: number | undefined;
  open();

  function open(): void {
    id = source.next();
    if (id === undefined) return source.finished();
    let state: State = 'greeting';
    let capabilities = '';
    let envelope: readonly Template[] = single;
    let replies = 0;
    let startedAt = 0;
    const reader = replyReader(step);
    const socket: Socket = connect({
      host: options.host,
      port: options.port,
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          if (state === 'ehlo') capabilities += buffer.toString('latin1', 0, length);
          reader.feed(buffer, length);
          return true;
        },
      },
    });
    socket.on('error', (error) => giveUp(error.message));
    socket.on('close', () => giveUp('the server closed the connection'));

    function step(code: number): void {
      if (code >= 400) return giveUp(buffer.toString('latin1', 0, 200).split('\r\n')[0] ?? String(code));
      switch (state) {
        case 'greeting':
          state = 'ehlo';
          socket.write(EHLO);
          return;
        case 'ehlo':
          if (capabilities.includes('PIPELINING')) envelope = pipelined;
          if (auth === undefined) return startMessage();
          state = 'auth';
          socket.write(auth);
          return;
        case 'auth':
          return startMessage();
        case 'envelope':
          return stepEnvelope();
        case 'body':
          return endMessage();
        case 'quit':
          state = 'closed';
          socket.destroy();
          return open();
        case 'closed':
          return;
      }
    }

    function startMessage(): void {
      state = 'envelope';
      if (options.pauseMs > 0) setTimeout(sendEnvelope, options.pauseMs);
      else sendEnvelope();
    }

    function sendEnvelope(): void {
      if (state === 'closed' || id === undefined) return;
      for (const part of envelope) stamp(part, id, options.domains);
      replies = 0;
      startedAt = nowMicros();
      write(envelope[0]);
    }

    function stepEnvelope(): void {
      replies += 1;
      if (replies < ENVELOPE_REPLIES) {
        if (envelope === single) write(envelope[replies]);
        return;
      }
      state = 'body';
      stamp(body, id ?? 0, options.domains);
      write(body);
    }

    function endMessage(): void {
      source.accepted(id ?? 0, startedAt, nowMicros());
      if (options.reuse) {
        id = source.next();
        if (id !== undefined) return startMessage();
      }
      state = 'quit';
      socket.write(QUIT);
    }

    function write(template: Template | undefined): void {
      if (template !== undefined) socket.write(template.bytes);
    }

    /** Ends a connection that did not reach its orderly end; after QUIT a plain close is as good as a reply. */
    function giveUp(why: string): void {
      if (state === 'closed') return;
      if (state !== 'quit') source.failed(id, `${why} (in ${state})`);
      state = 'closed';
      socket.destroy();
      setImmediate(open);
    }
  }
}

function authPlain(token: string): Buffer {
  return Buffer.from(`AUTH PLAIN ${Buffer.from(`\0${token}\0${token}`).toString('base64')}\r\n`);
}
