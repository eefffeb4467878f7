// The steps of a session with a remote server, how long each may take, and how a failure in one is told to a person.
//
// Deadlines: RFC 5321 4.5.3.2 asks for 2 to 10 minutes per step; ours are shorter except for the final dot, where
// giving up early makes duplicates.
import type { Reply } from './remote-reply.ts';

export type ClientPhase = 'connect' | 'greeting' | 'ehlo' | 'tls' | 'mail' | 'rcpt' | 'data' | 'body' | 'final';

/** Milliseconds. `body` is for each chunk of content to be taken, not for all of it. */
export type ClientDeadlines = Readonly<Record<ClientPhase, number>>;

export const CLIENT_DEADLINES: ClientDeadlines = {
  connect: 30_000,
  greeting: 60_000,
  ehlo: 60_000,
  tls: 60_000,
  mail: 60_000,
  rcpt: 60_000,
  data: 60_000,
  body: 180_000,
  final: 600_000,
};

/** Why a conversation ended without an answer. */
export type LostCause = 'timeout' | 'closed' | 'reset' | 'garbage' | 'aborted' | 'handshake';

export interface Lost {
  readonly kind: 'lost';
  readonly cause: LostCause;
  /** What the system or the parser said; empty where the cause says it all. */
  readonly note: string;
}

export function lost(cause: LostCause, note = ''): Lost {
  return { kind: 'lost', cause, note };
}

/** A sentence such as `mx.example.com (192.0.2.1) closed the connection before the reply to RCPT TO`. */
export function describeLoss(peer: string, phase: ClientPhase, { cause, note }: Lost): string {
  const awaited = AWAITED[phase];
  const because = note === '' ? '' : `: ${note}`;
  const doing = phase === 'connect' ? `connecting to ${peer}` : `waiting for ${awaited} of ${peer}`;
  switch (cause) {
    case 'timeout':
      return `timed out while ${doing}`;
    case 'closed':
      return `${peer} closed the connection before ${awaited}${because}`;
    case 'reset':
      return `the connection to ${peer} broke before ${awaited}${because}`;
    case 'garbage':
      return `${peer} does not speak SMTP where ${awaited} was due${because}`;
    case 'aborted':
      return `the attempt was stopped while ${doing}${because}`;
    case 'handshake':
      return `TLS with ${peer} failed${because}`;
  }
}

/** A sentence such as `mx.example.com (192.0.2.1) answered 451 4.7.1 Greylisted to RCPT TO`. */
export function describeReply(peer: string, phase: ClientPhase, { code, enhanced, text }: Reply): string {
  const said = [code, enhanced, text].filter((part) => part !== undefined && part !== '').join(' ');
  return phase === 'greeting' ? `${peer} greeted with ${said}` : `${peer} answered ${said} to ${ASKED[phase]}`;
}

export function describePeer(host: string, address: string): string {
  return host === address ? host : `${host} (${address})`;
}

const ASKED: Readonly<Record<ClientPhase, string>> = {
  connect: 'the connection',
  greeting: 'the connection',
  ehlo: 'EHLO',
  tls: 'STARTTLS',
  mail: 'MAIL FROM',
  rcpt: 'RCPT TO',
  data: 'DATA',
  body: 'the message',
  final: 'the message',
};

const AWAITED: Readonly<Record<ClientPhase, string>> = {
  connect: 'the connection',
  greeting: 'the greeting',
  ehlo: 'the reply to EHLO',
  tls: 'the reply to STARTTLS',
  mail: 'the reply to MAIL FROM',
  rcpt: 'the reply to RCPT TO',
  data: 'the reply to DATA',
  body: 'the end of the message',
  final: 'the reply to the message',
};
