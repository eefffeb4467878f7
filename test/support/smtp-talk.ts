// The client's side of an SMTP connection, a step at a time: write, and await the reply. Every wait has a deadline, and
// ends with an error when the connection does.
import { connect, type Socket } from 'node:net';

export interface Reply {
  readonly code: number;
  /** All lines, joined by a line feed. */
  readonly text: string;
}

export interface SmtpTalk {
  /** Sends a line (or several, joined by CRLF) and awaits one reply. */
  ask(line: string): Promise<Reply>;
  /** Sends and awaits nothing. */
  write(text: string): void;
  reply(): Promise<Reply>;
  /** EHLO, and AUTH PLAIN with the token as user and password. Throws where it is refused. */
  signIn(token: string): Promise<void>;
  readonly closed: boolean;
  end(): void;
}

interface Waiter {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

const DEADLINE_MS = 60_000;

/** Resolves after the greeting. */
export async function talkSmtp(port: number): Promise<SmtpTalk> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const replies = readReplies(socket);
  const greeting = await replies.next();
  if (greeting.code !== 220) throw new Error(`greeted with ${greeting.text}`);
  const ask = (line: string): Promise<Reply> => {
    socket.write(`${line}\r\n`);
    return replies.next();
  };
  return {
    ask,
    write: (text) => void socket.write(text),
    reply: () => replies.next(),
    async signIn(token) {
      await ask('EHLO load.test');
      const plain = Buffer.from(`\0${token}\0${token}`).toString('base64');
      const { code, text } = await ask(`AUTH PLAIN ${plain}`);
      if (code !== 235) throw new Error(`AUTH was answered with ${text}`);
    },
    get closed() {
      return replies.closed();
    },
    end: () => void socket.destroy(),
  };
}

/** A whole message in one transaction, pipelined up to DATA. */
export async function sendRaw(talk: SmtpTalk, recipients: readonly string[], raw: string): Promise<Reply> {
  const commands = [`MAIL FROM:<load@sender.test>`, ...recipients.map((to) => `RCPT TO:<${to}>`), 'DATA'];
  talk.write(`${commands.join('\r\n')}\r\n`);
  let refusal: Reply | undefined;
  for (const command of commands) {
    const reply = await talk.reply();
    if (reply.code >= 400) refusal ??= { code: reply.code, text: `${command}: ${reply.text}` };
  }
  if (refusal !== undefined) return refusal;
  talk.write(`${raw.replaceAll(/^\./gm, '..')}.\r\n`);
  return talk.reply();
}

function readReplies(socket: Socket): { next(): Promise<Reply>; closed(): boolean } {
  const ready: Reply[] = [];
  const waiting: Waiter[] = [];
  let input = '';
  let lines: string[] = [];
  let gone: Error | undefined;

  socket.on('data', (chunk: Buffer) => {
    input += chunk.toString('latin1');
    const complete = input.split('\r\n');
    input = complete.pop() ?? '';
    for (const line of complete) {
      lines.push(line);
      if (line[3] === '-') continue;
      const reply = { code: Number(line.slice(0, 3)), text: lines.join('\n') };
      lines = [];
      const waiter = waiting.shift();
      if (waiter === undefined) ready.push(reply);
      else waiter.resolve(reply);
    }
  });
  const lost = (error: Error): void => {
    gone ??= error;
    for (const waiter of waiting.splice(0)) waiter.reject(gone);
  };
  socket.on('error', lost);
  socket.on('close', () => lost(new Error('the connection was closed')));

  return {
    closed: () => gone !== undefined,
    next() {
      const reply = ready.shift();
      if (reply !== undefined) return Promise.resolve(reply);
      if (gone !== undefined) return Promise.reject(gone);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => lost(new Error(`no reply within ${DEADLINE_MS} ms`)), DEADLINE_MS);
        const ended =
          <T>(act: (value: T) => void) =>
          (value: T) => {
            clearTimeout(timer);
            act(value);
          };
        waiting.push({ resolve: ended(resolve), reject: ended(reject) });
      });
    },
  };
}
