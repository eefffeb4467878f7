// A submission server on loopback for tests: one user, a handler that keeps what it gets, a clock that the test moves.
//
// The user is `user` with the password `secret`. What happens to a message is in the local part of its MAIL FROM:
// `refuse` 550, `later` 451, `goodbye` 421, `forge` a reply with line breaks in it, `throw` throws at once, `reject` rejects,
// `hold` waits until `release()`, everything else is kept and answered 250. After a message from `revoked` nothing more may be sent
// (421), after one from `paused` a MAIL is refused (550).
import { createHmac } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../../src/lib/clock.ts';
import type { ServerFact } from '../../src/mail/smtp/facts.ts';
import type { AuthenticationResult, SmtpHandlers, SubmittedMessage } from '../../src/mail/smtp/handlers.ts';
import { makeReply } from '../../src/mail/smtp/reply.ts';
import type { Reply } from '../../src/mail/smtp/reply.ts';
import type { Credential } from '../../src/mail/smtp/sasl.ts';
import { createSmtpServer } from '../../src/mail/smtp/server.ts';
import type { SmtpServer, SmtpServerOptions } from '../../src/mail/smtp/server.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';

export interface TestPrincipal {
  readonly user: string;
}

export interface TestServer {
  readonly server: SmtpServer;
  readonly port: number;
  readonly clock: ManualClock;
  readonly facts: ServerFact[];
  /** In the order in which the handler got them. */
  readonly kept: SubmittedMessage<TestPrincipal>[];
  readonly signals: AbortSignal[];
  /** Lets handlers that hold a message go on. */
  readonly release: () => void;
}

export async function startTestServer(
  options: Partial<SmtpServerOptions<TestPrincipal>> & { readonly withTls?: boolean; readonly receives?: boolean } = {},
): Promise<TestServer> {
  const { withTls = true, receives = false, ...rest } = options;
  const clock = new ManualClock();
  const facts: ServerFact[] = [];
  const handler = testHandlers();
  const server = createSmtpServer<TestPrincipal>({
    hostname: 'mail.example',
    greetingName: (name) => (name === 'other.example' ? 'other.example' : undefined),
    banner: 'ready',
    ...(withTls ? { tls: { secureContext: createSecureContext({ cert: TEST_CERTIFICATE, key: TEST_KEY }) } } : {}),
    clock,
    handlers: receives ? { ...handler.handlers, reception: RECEPTION } : handler.handlers,
    onFact: (fact) => facts.push(fact),
    ...rest,
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, port, clock, facts, kept: handler.kept, signals: handler.signals, release: handler.release };
}

/** Time that stands still until it is moved. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly #tasks = new Set<{ readonly at: number; readonly task: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    const entry = { at: this.#now + ms, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }

  /** Moves on by `ms`; what is due runs in order, each at its time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#tasks].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.#tasks.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.task();
    }
    this.#now = end;
  }
}

export function cramDigest(challenge: string, password: string): string {
  return createHmac('md5', password).update(challenge).digest('hex');
}

/** Takes mail for postmaster and for everybody at ours.example but `nobody`. */
const RECEPTION = {
  principal: { user: 'anybody' },
  recipient(address: string): Reply | undefined {
    if (address === 'postmaster') return undefined;
    const [local, domain] = address.split('@');
    if (domain !== 'ours.example') return makeReply(550, '5.7.1', 'Not a relay');
    return local === 'nobody' ? makeReply(550, '5.1.1', 'Nobody has that address') : undefined;
  },
};

function testHandlers(): {
  readonly handlers: SmtpHandlers<TestPrincipal>;
  readonly kept: SubmittedMessage<TestPrincipal>[];
  readonly signals: AbortSignal[];
  readonly release: () => void;
} {
  const kept: SubmittedMessage<TestPrincipal>[] = [];
  const signals: AbortSignal[] = [];
  let waiting: (() => void)[] = [];
  const take = async (message: SubmittedMessage<TestPrincipal>, name: string): Promise<Reply> => {
    kept.push(message);
    if (name === 'reject') throw new Error('rejected by the test');
    if (name === 'hold') await new Promise<void>((resolve) => waiting.push(resolve));
    return REPLY_BY_NAME.get(name) ?? makeReply(250, '2.0.0', `Ok: queued as ${kept.length}`);
  };
  return {
    kept,
    signals,
    release: () => {
      for (const go of waiting) go();
      waiting = [];
    },
    handlers: {
      authenticate: async (credential) => judge(credential),
      stillMay: () => AFTER.get(kept.at(-1)?.mailFrom.split('@')[0] ?? ''),
      message: (message, signal) => {
        const name = message.mailFrom.split('@')[0] ?? '';
        if (name === 'throw') throw new Error('thrown by the test');
        signals.push(signal);
        return take(message, name);
      },
    },
  };
}

/** What MAIL is answered after a message of the name. */
const AFTER = new Map<string, Reply>([
  ['revoked', makeReply(421, '4.7.0', 'No more')],
  ['paused', makeReply(550, '5.7.1', 'Not you')],
]);

const REPLY_BY_NAME = new Map<string, Reply>([
  ['refuse', makeReply(550, '5.7.1', 'Not from you')],
  ['later', makeReply(451, '4.3.0', 'Not now')],
  ['goodbye', makeReply(421, '4.3.2', 'Going away')],
  ['forge', makeReply(250, '2.0.0', 'Ok\r\n250 2.0.0 forged \u20ac\0')],
]);

function judge(credential: Credential): AuthenticationResult<TestPrincipal> {
  if (credential.username === 'busy') {
    return { kind: 'refused', reply: makeReply(454, '4.7.0', 'Try again later') };
  }
  const right =
    credential.mechanism === 'CRAM-MD5'
      ? credential.digestHex === cramDigest(credential.challenge, 'secret')
      : credential.password === 'secret';
  if (credential.username === 'user' && right) return { kind: 'ok', principal: { user: 'user' } };
  return { kind: 'refused', reply: makeReply(535, '5.7.8', 'Error: authentication failed') };
}
