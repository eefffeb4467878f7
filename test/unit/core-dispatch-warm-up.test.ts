// What an address that warms up may not send today goes over the other addresses of its pool, and then waits for the next
// day: no attempt, no event. The lane's own address book and budget, over a queue in memory and a clock moved by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryLaneQueue } from '../../src/backends/memory/lane-queue.ts';
import { MemoryWarmUpCounts } from '../../src/backends/memory/warm-up-counts.ts';
import { createAddressBook } from '../../src/core/address-book.ts';
import { createDispatcher, type Dispatcher } from '../../src/core/dispatch.ts';
import { keepWarmUp } from '../../src/core/keep-warm-up.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { PoolAddress, WarmUp } from '../../src/domain/pool.ts';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import type { WarmUpBudget } from '../../src/domain/warm-up-budget.ts';
import type { LaneId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import { content, coreWorld, turns, type HandClock } from '../support/core-fixture.ts';

const POOL = 'transactional' as LaneId;
const HOUR = 3_600_000;
const OK: Outcome = {
  kind: 'delivered',
  mode: 'remote',
  phase: 'final',
  peer: undefined,
  reply: { code: 250, enhanced: undefined, text: 'ok' },
};
const NO_ADDRESS: Outcome = { kind: 'deferred', phase: 'route', peer: undefined, reply: undefined, detail: 'none' };

interface Lane {
  readonly clock: HandClock;
  readonly dispatcher: Dispatcher;
  /** Recipients sent, by address. */
  readonly sent: Map<string, number>;
  readonly budget: WarmUpBudget;
  readonly send: (count: number, domain: string) => Promise<void>;
  /** Until nothing changes any more. */
  readonly settle: () => Promise<void>;
  readonly waiting: () => Promise<number>;
  readonly events: () => Promise<readonly string[]>;
  /** What happens between the look at the budget and the claim. */
  race: () => void;
}

async function lane(
  plans: Readonly<Record<string, WarmUp | undefined>>,
  lifetimeMs = DEFAULT_RETRY.lifetimeMs,
): Promise<Lane> {
  const world = await coreWorld();
  const { clock } = world;
  const queue = new MemoryLaneQueue();
  const warmUp = keepWarmUp({ counts: new MemoryWarmUpCounts(), clock, log: silentLog });
  const book = createAddressBook({ pool: POOL, hostname: 'out.test', clock, budget: warmUp });
  book.update(
    Object.entries(plans).map(([ip, plan], at) => addressOf(at + 1, ip, plan)),
    () => true,
  );
  await warmUp.ready;
  const sent = new Map<string, number>();
  const dispatcher = createDispatcher({
    queue,
    clock,
    log: silentLog,
    captures: false,
    spentUntil: (site, recipients) => book.spentUntil(site, recipients),
    egress: {
      async send(site, { recipients }) {
        self.race();
        const local = book.forSite(site).find((each) => book.claim(each, site, recipients.length));
        if (local === undefined) return recipients.map(() => NO_ADDRESS);
        sent.set(local.via.address, (sent.get(local.via.address) ?? 0) + recipients.length);
        return recipients.map(() => OK);
      },
      close: () => Promise.resolve(),
    },
    schedule: { ...DEFAULT_RETRY, jitter: 0, lifetimeMs },
    random: () => 0.5,
    returnPathKey: Buffer.alloc(32, 1),
    testDomains: [],
    sign: () => Promise.resolve(''),
    route: (domain) => Promise.resolve({ kind: 'site', key: domain, hosts: [] }),
    options: { window: 1000, windowBytes: 1e7, maxJobs: 10, maxJobsPerSite: 10, groupWaitMs: 100 },
    onSettled: () => undefined,
  });
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 200; round += 1) {
      await clock.advance(100);
      const { leased } = await queue.depth();
      if (leased === 0 && round > 3) return;
    }
    throw new Error('the lane does not come to rest');
  };
  const self: Lane = {
    clock,
    dispatcher,
    sent,
    budget: warmUp.budget,
    async send(count, domain) {
      for (let at = 0; at < count; at += 1) await world.submit(content({ to: `p${at}@${domain}` }));
      await queue.append(world.appended.splice(0));
      dispatcher.wake();
      await turns();
    },
    settle,
    waiting: async () => (await queue.depth()).deliveries,
    events: async () => (await queue.events.read(0, 10_000)).map(({ event }) => event.kind),
    race: () => undefined,
  };
  return self;
}

function addressOf(id: number, ip: string, warmUp: WarmUp | undefined): PoolAddress {
  const kept = { ehlo: undefined, shared: false, state: 'active', addedAt: 0, proof: undefined } as const;
  return { id, pool: POOL, ip, ...kept, warmUp };
}

/** Noon of the day on which the clock of the fixture begins. */
const FIRST_DAY: WarmUp = { plan: 'default', startedAt: Date.UTC(2026, 10, 5, 12) };

test('what is over goes through an address of the pool that may send it', async () => {
  const { send, settle, sent, waiting } = await lane({ '192.0.2.1': FIRST_DAY, '192.0.2.2': undefined });
  await send(120, 'big.test');
  await settle();
  assert.equal(await waiting(), 0);
  assert.equal(sent.get('192.0.2.1'), 50);
  assert.equal(sent.get('192.0.2.2'), 70);
});

test('where all addresses warm up, the rest waits for the next day: without an attempt, and other providers go on', async () => {
  const { send, settle, sent, waiting, events, clock, dispatcher } = await lane({
    '192.0.2.1': FIRST_DAY,
    '192.0.2.2': FIRST_DAY,
  });
  await send(120, 'big.test');
  await settle();
  assert.deepEqual([sent.get('192.0.2.1'), sent.get('192.0.2.2')], [50, 50]);
  assert.equal(await waiting(), 20);
  assert.equal((await events()).filter((kind) => kind === 'deferred').length, 0);
  const { hold } = await dispatcher.whyWaiting('big.test');
  assert.equal(hold?.kind, 'warm-up');
  assert.equal(hold?.until, Date.UTC(2026, 10, 6));
  await send(10, 'other.test');
  await settle();
  assert.equal(await waiting(), 20);
  await clock.advance(11 * HOUR);
  assert.equal(await waiting(), 20, 'an hour before midnight');
  await clock.advance(2 * HOUR);
  await settle();
  assert.equal(await waiting(), 0);
  assert.equal((await events()).filter((kind) => kind === 'deferred').length, 0);
  assert.deepEqual((await dispatcher.whyWaiting('big.test')).hold, undefined);
});

test('a budget that is used up between the look and the claim is no attempt either', async () => {
  const world = await lane({ '192.0.2.1': FIRST_DAY });
  let begun = 0;
  world.race = () => {
    begun += 1;
    if (begun === 41) assert.ok(world.budget.take({ ip: '192.0.2.1', warmUp: FIRST_DAY }, 'big.test', 10));
  };
  await world.send(55, 'big.test');
  await world.settle();
  assert.equal(world.sent.get('192.0.2.1'), 40);
  assert.ok(begun > 40, 'it came to a claim that was refused');
  assert.equal(await world.waiting(), 15);
  assert.equal((await world.events()).filter((kind) => kind === 'deferred').length, 0);
});

test('what has waited for the whole of its life is given up, and says why', async () => {
  const { send, settle, waiting, events, clock } = await lane({ '192.0.2.1': FIRST_DAY }, 6 * HOUR);
  await send(60, 'big.test');
  await settle();
  assert.equal(await waiting(), 10);
  await clock.advance(7 * HOUR);
  await settle();
  assert.equal(await waiting(), 0);
  assert.equal((await events()).filter((kind) => kind === 'bounced').length, 10);
});
