// Opens a session with one remote server: TCP, greeting, EHLO (or HELO), opportunistic STARTTLS, EHLO again.
//
// Promises: each step within its deadline; a failure says in which step, in a sentence for people, and with the reply
// where there was one. TLS is opportunistic (RFC 7435): certificates are not verified, and a failed handshake is told
// apart (`phase: 'tls'`) so that the caller can come again in plain text, on a new connection.
// Leaves to others: which address, retries, and when TLS is required (MTA-STS, DANE).
import type { Capabilities } from './client-capabilities.ts';
import { NO_CAPABILITIES, readCapabilities } from './client-capabilities.ts';
import { ClientConnection } from './client-connection.ts';
import { Dialogue } from './client-dialogue.ts';
import { openSocket } from './client-socket.ts';
import type { ConnectFailure, ConnectOptions } from './client-target.ts';
import { failure, reasonOf } from './client-target.ts';
import { startTls } from './client-tls.ts';
import { SERVICE_CLOSING, type Reply } from './remote-reply.ts';

export type ConnectResult = { readonly kind: 'ready'; readonly connection: ClientConnection } | ConnectFailure;

export async function connect(options: ConnectOptions): Promise<ConnectResult> {
  const { signal, clock } = options;
  const opened = await openSocket(options);
  if ('kind' in opened) return opened;
  const dialogue = new Dialogue(opened, clock);
  const stop = (): void => dialogue.lose('aborted', reasonOf(signal));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const result = await converse(dialogue, options);
    if (result.kind === 'failed') await dialogue.quit(0);
    return result;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function converse(dialogue: Dialogue, options: ConnectOptions): Promise<ConnectResult> {
  const { deadlines } = options;
  const greeting = await dialogue.next(deadlines.greeting);
  if (greeting.kind === 'lost' || greeting.code !== READY) return failure(options, 'greeting', greeting);
  const plain = await hello(dialogue, options);
  if (plain.kind === 'failed') return plain;
  const inTheClear = { ...plain, tls: false };
  if (!plain.capabilities.startTls || options.tls === 'never') return ready(dialogue, options, inTheClear);

  dialogue.send('STARTTLS\r\n');
  const answer = await dialogue.next(deadlines.tls);
  if (answer.kind === 'lost' || answer.code === SERVICE_CLOSING) return failure(options, 'tls', answer);
  // It offers TLS and then declines: opportunistic means that the same session goes on in the clear (RFC 3207 4).
  if (answer.code !== READY) return ready(dialogue, options, inTheClear);
  const broken = await startTls(dialogue, options);
  if (broken !== undefined) return broken;
  const secure = await hello(dialogue, options);
  if (secure.kind === 'hello') return ready(dialogue, options, { ...secure, tls: true });
  // In TLS 1.3 our side has finished before the other side may say no: losing it now is still a failed handshake.
  return secure.reply === undefined && secure.cause === 'remote' ? { ...secure, phase: 'tls' } : secure;
}

type Hello = { readonly kind: 'hello'; readonly capabilities: Capabilities } | ConnectFailure;

async function hello(dialogue: Dialogue, options: ConnectOptions): Promise<Hello> {
  const { heloName, deadlines } = options;
  dialogue.send(`EHLO ${heloName}\r\n`);
  const ehlo = await dialogue.next(deadlines.ehlo);
  if (ehlo.kind === 'reply' && isSuccess(ehlo)) return { kind: 'hello', capabilities: readCapabilities(ehlo) };
  if (ehlo.kind === 'lost' || ehlo.code < 500) return failure(options, 'ehlo', ehlo);
  dialogue.send(`HELO ${heloName}\r\n`);
  const helo = await dialogue.next(deadlines.ehlo);
  if (helo.kind === 'reply' && isSuccess(helo)) return { kind: 'hello', capabilities: NO_CAPABILITIES };
  return failure(options, 'ehlo', helo);
}

interface Terms {
  readonly capabilities: Capabilities;
  readonly tls: boolean;
}

function ready(dialogue: Dialogue, options: ConnectOptions, { capabilities, tls }: Terms): ConnectResult {
  const { host, address, deadlines } = options;
  const connection = new ClientConnection({ peer: { host, address, tls }, dialogue, capabilities, deadlines });
  return { kind: 'ready', connection };
}

function isSuccess(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

const READY = 220;
