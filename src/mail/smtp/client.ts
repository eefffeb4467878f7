// Opens a session with one remote server: TCP, greeting, EHLO (or HELO), STARTTLS, EHLO again.
//
// Promises: each step within its deadline; a failure says in which step, in a sentence for people, and with the reply
// where there was one. Without a requirement TLS is opportunistic (RFC 7435): a failed handshake is told apart
// (`phase: 'tls'`) so that the caller can come again in plain text, on a new connection. With one that is enforced, there
// is no session but over TLS with a far side that proved what was asked for.
// Leaves to others: which address, retries, and what is required (MTA-STS, DANE).
import type { Capabilities } from './client-capabilities.ts';
import { NO_CAPABILITIES, readCapabilities } from './client-capabilities.ts';
import { ClientConnection } from './client-connection.ts';
import { Dialogue } from './client-dialogue.ts';
import { describePeer } from './client-phases.ts';
import { openSocket } from './client-socket.ts';
import type { ConnectFailure, ConnectOptions } from './client-target.ts';
import { failure, reasonOf } from './client-target.ts';
import { forbidsPlainText, type TlsSession } from '../tls/requirement.ts';
import { startTls, withoutRequireTls, withoutTls } from './client-tls.ts';
import { Transcript } from './client-transcript.ts';
import { SERVICE_CLOSING, type Reply } from './remote-reply.ts';

export type ConnectResult = { readonly kind: 'ready'; readonly connection: ClientConnection } | ConnectFailure;

export async function connect(options: ConnectOptions): Promise<ConnectResult> {
  const { signal, clock } = options;
  const transcript = new Transcript(clock);
  transcript.begin(
    `connecting to ${describePeer(options.host, options.address)}, port ${options.port}${from(options)}`,
  );
  const opened = await openSocket(options);
  if ('kind' in opened) {
    transcript.note(opened.detail);
    return { ...opened, transcript: transcript.text() };
  }
  const dialogue = new Dialogue(opened, clock, transcript);
  const stop = (): void => dialogue.lose('aborted', reasonOf(signal));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const result = await converse(dialogue, options);
    if (result.kind === 'ready') return result;
    await dialogue.quit(0);
    return { ...result, transcript: transcript.text() };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function from({ localAddress }: ConnectOptions): string {
  return localAddress === undefined ? '' : `, from ${localAddress}`;
}

async function converse(dialogue: Dialogue, options: ConnectOptions): Promise<ConnectResult> {
  const { deadlines } = options;
  const greeting = await dialogue.next(deadlines.greeting);
  if (greeting.kind === 'lost' || greeting.code !== READY) return failure(options, 'greeting', greeting);
  const plain = await hello(dialogue, options);
  if (plain.kind === 'failed') return plain;
  if (!plain.capabilities.startTls || options.tls === 'never') {
    return inTheClear(dialogue, options, { ...plain, reply: 'it does not offer STARTTLS' });
  }

  dialogue.send('STARTTLS\r\n');
  const answer = await dialogue.next(deadlines.tls);
  if (answer.kind === 'lost' || answer.code === SERVICE_CLOSING) return failure(options, 'tls', answer);
  // It offers TLS and then declines: opportunistic means that the same session goes on in the clear (RFC 3207 4).
  if (answer.code !== READY) {
    const reply = `it offers STARTTLS and then answers ${answer.code} ${answer.text}`.trimEnd();
    return inTheClear(dialogue, options, { ...plain, reply });
  }
  const session = await startTls(dialogue, options);
  if ('kind' in session) return session;
  const secure = await hello(dialogue, options);
  if (secure.kind === 'hello') {
    if (options.requireTls === true && !secure.capabilities.requireTls) return withoutRequireTls(options);
    return ready(dialogue, options, { ...secure, session });
  }
  // In TLS 1.3 our side has finished before the other side may say no: losing it now is still a failed handshake.
  return secure.reply === undefined && secure.cause === 'remote' ? { ...secure, phase: 'tls' } : secure;
}

interface Unprotected {
  readonly capabilities: Capabilities;
  /** What the far side did instead of TLS. */
  readonly reply: string;
}

function inTheClear(dialogue: Dialogue, options: ConnectOptions, { capabilities, reply }: Unprotected): ConnectResult {
  const { requirement } = options;
  if (requirement !== undefined && forbidsPlainText(requirement)) return withoutTls(options, requirement, reply);
  return ready(dialogue, options, { capabilities, session: undefined });
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
  /** Undefined in plain text. */
  readonly session: TlsSession | undefined;
}

function ready(dialogue: Dialogue, options: ConnectOptions, { capabilities, session }: Terms): ConnectResult {
  const { host, address, deadlines, clock } = options;
  if (session?.verifiedBy !== undefined) dialogue.transcript.note(`it proved who it is by ${session.verifiedBy}`);
  const peer = { host, address, tls: session !== undefined, session };
  const openedAt = clock.now();
  const connection = new ClientConnection({ peer, dialogue, capabilities, deadlines, openedAt });
  return { kind: 'ready', connection };
}

function isSuccess(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

const READY = 220;
