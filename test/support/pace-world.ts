// A lane's dispatcher over a queue in memory and real SMTP to scripted hosts on loopback, with a retry schedule of moments.
import type { TestContext } from 'node:test';
import { createEgress } from '../../src/backends/net/egress.ts';
import { MemoryLaneQueue } from '../../src/backends/memory/lane-queue.ts';
import { createDispatcher, type Dispatcher } from '../../src/core/dispatch.ts';
import type { Principal } from '../../src/core/draft.ts';
import type { Event } from '../../src/domain/event.ts';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { content, coreWorld } from './core-fixture.ts';
import { bookOf, PATIENT } from './egress-fixture.ts';
import { startScriptedMx, type Script, type ScriptedMx } from './scripted-mx.ts';

export interface PaceWorld {
  readonly dispatcher: Dispatcher;
  readonly queue: MemoryLaneQueue;
  /** A host of its own for the domain. */
  readonly host: (domain: string, script: Script) => Promise<ScriptedMx>;
  /** Nobody listens there. */
  readonly dead: (domain: string) => void;
  /** Appends `count` messages of the server, to `r<n>@domain`, and wakes the lane. */
  readonly send: (domain: string, count: number, server?: 'first' | 'second') => Promise<void>;
  readonly events: () => Promise<readonly Event[]>;
}

const MAX_JOBS = 40;
const PER_SITE = 10;

/** `baseMs` is the first wait of a message; the waits of the pace follow it. */
export async function paceWorld(t: TestContext, { baseMs }: { baseMs: number }): Promise<PaceWorld> {
  const core = await coreWorld();
  const second = await core.store.createServer(core.accountId, 'Second', DEFAULT_SERVER_SETTINGS);
  const as: Record<'first' | 'second', Principal> = {
    first: core.principal,
    second: { server: second, tokenId: 2, boundStream: undefined },
  };
  const first = await startScriptedMx();
  const hosts = [first];
  const addresses = new Map<string, string>();
  const queue = new MemoryLaneQueue();
  const egress = createEgress({
    book: bookOf({}),
    clock: systemClock,
    port: first.port,
    deadlines: PATIENT,
    limits: { maxConnectionsPerSite: PER_SITE, maxConnections: MAX_JOBS },
  });
  const dispatcher = createDispatcher({
    queue,
    clock: systemClock,
    log: silentLog,
    captures: false,
    egress,
    schedule: { ...DEFAULT_RETRY, baseMs, maxMs: Math.max(baseMs, 10_000), jitter: 0 },
    random: Math.random,
    returnPathKey: Buffer.alloc(32, 1),
    testDomains: [],
    sign: () => Promise.resolve(''),
    route: (domain) =>
      Promise.resolve({
        kind: 'site',
        key: `mx.${domain}`,
        hosts: [{ host: `mx.${domain}`, addresses: [addresses.get(domain) ?? '127.0.1.250'] }],
      }),
    options: { window: 1000, windowBytes: 64e6, maxJobs: MAX_JOBS, maxJobsPerSite: PER_SITE, groupWaitMs: 100 },
    onSettled: () => undefined,
  });
  t.after(async () => {
    await dispatcher.stop(0);
    await egress.close();
    await Promise.all(hosts.map((host) => host.close()));
  });
  return {
    dispatcher,
    queue,
    async host(domain, script) {
      const address = `127.0.1.${hosts.length}`;
      const mx = await startScriptedMx(script, { address, port: first.port });
      hosts.push(mx);
      addresses.set(domain, address);
      return mx;
    },
    dead: (domain) => void addresses.set(domain, '127.0.1.251'),
    async send(domain, count, server = 'first') {
      const headers = server === 'second' ? [{ name: 'X-Server-Two', value: 'yes' }] : [];
      for (let i = 0; i < count; i += 1) await core.submit(content({ to: `r${i}@${domain}`, headers }), as[server]);
      const now = Date.now();
      // Due now by the clock of the lane, which is not that of the core.
      const due = core.appended.splice(0).map((one) => ({ ...one, message: { ...one.message, acceptedAt: now } }));
      await queue.append(due);
      dispatcher.wake();
    },
    events: async () => (await queue.events.read(0, 10_000)).map(({ event }) => event),
  };
}
