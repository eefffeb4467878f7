// The core over stores in memory: an account with two servers, their tokens, a verified domain, and a clock moved by hand.
import { createAuthenticator } from '../../src/core/authenticate.ts';
import type { ContentDraft, Principal, RawDraft, SubmitResult } from '../../src/core/draft.ts';
import { issueAccountToken, issueServerToken, issueSmtpToken } from '../../src/core/issue-token.ts';
import { createSubmit, type SubmitDeps } from '../../src/core/submit.ts';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { MemoryEventLog } from '../../src/backends/memory/event-log.ts';
import { BROADCAST_LANE, laneOf, TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import { DEFAULT_SERVER_SETTINGS, type Server, type ServerSettings } from '../../src/domain/server.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { AccountId, LaneId, StreamId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { NewMessage } from '../../src/ports/lane-queue.ts';

export class HandClock implements Clock {
  #now = Date.UTC(2026, 10, 5, 12);
  readonly #timers = new Set<{ at: number; task: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#now + ms, task };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Time passes and nothing is run, as in a process that stands still. */
  stall(ms: number): void {
    this.#now += ms;
  }

  /** Runs what becomes due, in order, and lets promises go on after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      await turns();
    }
    this.#now = end;
    await turns();
  }
}

/** Lets everything that waits for nothing but promises go on. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

export const hashToken = (token: string): string => `hash of ${token}`;

export interface CoreWorld {
  readonly clock: HandClock;
  readonly store: MemoryControlStore;
  readonly accountId: AccountId;
  readonly server: Server;
  readonly principal: Principal;
  readonly appended: (NewMessage & { readonly lane: LaneId })[];
  readonly frontLog: MemoryEventLog;
  /** A rejection here is what a lane answers. */
  fail: Error | undefined;
  submit(draft: ContentDraft | RawDraft, as?: Principal): Promise<SubmitResult>;
  deps: SubmitDeps;
}

export async function coreWorld(settings: Partial<ServerSettings> = {}): Promise<CoreWorld> {
  const clock = new HandClock();
  const store = new MemoryControlStore(clock);
  const accountId = await store.createAccount('Account');
  const server = await store.createServer(accountId, 'First', { ...DEFAULT_SERVER_SETTINGS, ...settings });
  await store.senders.createDomain({ accountId, name: 'sender.test', proof: 'operator' });
  await store.senders.createDomain({ accountId, name: 'unverified.test', proof: undefined });
  const appended: CoreWorld['appended'] = [];
  const frontLog = new MemoryEventLog();
  const principal: Principal = { server, tokenId: 1, boundStream: undefined };
  const deps: SubmitDeps = {
    store,
    laneOf: (stream) => laneOf(stream, HOME_LANES),
    lane: (lane) => ({
      async append(message) {
        if (world.fail !== undefined) throw world.fail;
        appended.push({ ...message, lane });
      },
      record: () => Promise.reject(new Error('submitting records nothing')),
    }),
    frontLog,
    hostname: 'mail.bulkhead.test',
    returnPathDomain: 'bounces.bulkhead.test',
    clock,
    log: silentLog,
  };
  const submit = createSubmit(deps);
  const world: CoreWorld = {
    clock,
    store,
    accountId,
    server,
    principal,
    appended,
    frontLog,
    fail: undefined,
    deps,
    submit: (draft, as = principal) =>
      submit(as, draft, { via: draft.kind === 'raw' ? 'smtp' : 'http', dryRun: false }),
  };
  return world;
}

export interface Tokens {
  readonly server: string;
  readonly second: string;
  readonly other: string;
  readonly account: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Two tokens of the first server, one of another, an account token, and an SMTP token for the broadcast stream. */
export async function issueTokens({ store, accountId, server }: CoreWorld): Promise<Tokens> {
  const deps = { store, hashToken };
  const other = await store.createServer(accountId, 'Other', DEFAULT_SERVER_SETTINGS);
  const mine = { accountId, serverId: server.id };
  const pair = await issueSmtpToken(deps, { ...mine, streamId: 'broadcast' as StreamId });
  return {
    server: (await issueServerToken(deps, mine)).token,
    second: (await issueServerToken(deps, mine)).token,
    other: (await issueServerToken(deps, { accountId, serverId: other.id })).token,
    account: (await issueAccountToken(deps, accountId)).token,
    accessKey: pair.accessKey,
    secretKey: pair.secretKey,
  };
}

export function authenticatorOf({ store }: CoreWorld): ReturnType<typeof createAuthenticator> {
  return createAuthenticator({ store, hashToken });
}

export function content(change: Partial<ContentDraft> = {}): ContentDraft {
  return {
    kind: 'content',
    from: 'Ann <ann@sender.test>',
    to: 'bob@rcpt.test',
    cc: undefined,
    bcc: undefined,
    replyTo: undefined,
    subject: 'Hello',
    htmlBody: undefined,
    textBody: 'Hello.',
    tag: undefined,
    metadata: {},
    headers: [],
    attachments: [],
    trackOpens: undefined,
    trackLinks: undefined,
    streamId: undefined,
    ...change,
  };
}

export function raw(lines: readonly string[] = [], change: Partial<RawDraft> = {}): RawDraft {
  const head = ['From: Ann <ann@sender.test>', 'To: bob@rcpt.test', 'Subject: Hello', ...lines];
  return {
    kind: 'raw',
    recipients: ['bob@rcpt.test'],
    raw: Buffer.from(`${head.join('\r\n')}\r\n\r\nHello.\r\n`),
    smtpUtf8: false,
    hostKind: 'transactional',
    protocol: 'ESMTPSA',
    ...change,
  };
}

/** `accepted`, `unavailable`, or the code and text of the refusal. */
export function answer(result: SubmitResult): string {
  return result.kind === 'refused' ? `${result.error.code} ${result.error.message}` : result.kind;
}

const HOME_LANES = new Map([TRANSACTIONAL_LANE, BROADCAST_LANE].map((lane) => [lane.id, lane]));
