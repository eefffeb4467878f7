// The pool keeps its bounds and its order, with connections that are only counters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConnectionPool, type Pooled, type PoolOptions, type Slot } from '../../src/backends/net/connection-pool.ts';

class FakeConnection implements Pooled {
  usable = true;
  transactions = 1;
  quits = 0;
  #onLost: () => void = () => undefined;
  onLost(callback: () => void): void {
    this.#onLost = callback;
  }
  lose(): void {
    this.usable = false;
    this.#onLost();
  }
  async quit(): Promise<void> {
    this.usable = false;
    this.quits += 1;
  }
}

function poolWith(options: Partial<PoolOptions> = {}) {
  const clock = { time: 0, tasks: [] as { at: number; task: () => void }[], now: () => clock.time, after };
  function after(ms: number, task: () => void): () => void {
    const entry = { at: clock.time + ms, task };
    clock.tasks.push(entry);
    return () => void clock.tasks.splice(clock.tasks.indexOf(entry), 1);
  }
  const advance = (ms: number): void => {
    clock.time += ms;
    for (const entry of clock.tasks.filter(({ at }) => at <= clock.time)) {
      clock.tasks.splice(clock.tasks.indexOf(entry), 1);
      entry.task();
    }
  };
  const limits = { maxPerSite: 2, maxTotal: 3, idleMs: 100, maxTransactions: 10 };
  return { pool: new ConnectionPool<FakeConnection>({ ...limits, clock, ...options }), advance };
}

const FOREVER = new AbortController().signal;
type Pool = ConnectionPool<FakeConnection>;

async function take(pool: Pool, key: string, signal = FOREVER): Promise<Slot<FakeConnection>> {
  const slot = await pool.acquire(key, signal);
  assert.ok(slot !== undefined);
  return slot;
}

/** Whether the promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);
}

test('the connection that idled least is handed out first', async () => {
  const { pool } = poolWith();
  const [one, two] = [await take(pool, 'a'), await take(pool, 'a')];
  const [early, late] = [new FakeConnection(), new FakeConnection()];
  one.release(early);
  two.release(late);
  assert.equal((await take(pool, 'a')).idle, late);
  assert.equal((await take(pool, 'a')).idle, early);
});

test('a site gets no more than its share, and its waiters are served in order', async () => {
  const { pool } = poolWith();
  const [one, two] = [await take(pool, 'a'), await take(pool, 'a')];
  const third = take(pool, 'a');
  const fourth = take(pool, 'a');
  assert.equal(await settled(third), false);
  const connection = new FakeConnection();
  one.release(connection);
  assert.equal((await third).idle, connection);
  assert.equal(await settled(fourth), false);
  two.release(undefined);
  assert.equal((await fourth).idle, undefined);
  assert.equal(pool.load.open, 2);
});

test('sites that wait for room in all take turns', async () => {
  const { pool } = poolWith({ maxTotal: 1, maxTransactions: 1 });
  const order: string[] = [];
  const hold = await take(pool, 'x');
  const work = ['a', 'a', 'b', 'c', 'b'].map(async (key) => {
    const slot = await take(pool, key);
    order.push(key);
    slot.release(undefined);
  });
  hold.release(undefined);
  await Promise.all(work);
  assert.deepEqual(order, ['a', 'b', 'c', 'a', 'b']);
});

test('a usable connection is given up when another site waits for its room', async () => {
  const { pool } = poolWith({ maxTotal: 1 });
  const hold = await take(pool, 'a');
  const other = take(pool, 'b');
  const connection = new FakeConnection();
  hold.release(connection);
  assert.equal((await other).idle, undefined);
  assert.equal(connection.quits, 1);
});

test('idle connections close after their time, each at its own', async () => {
  const { pool, advance } = poolWith();
  const [one, two] = [await take(pool, 'a'), await take(pool, 'b')];
  const [early, late] = [new FakeConnection(), new FakeConnection()];
  one.release(early);
  advance(60);
  two.release(late);
  advance(40);
  assert.deepEqual([early.quits, late.quits], [1, 0]);
  advance(60);
  assert.deepEqual([early.quits, late.quits], [1, 1]);
  assert.deepEqual(pool.load, { open: 0, idle: 0, sites: 0 });
});

test('a connection that is lost while idle makes room at once', async () => {
  const { pool } = poolWith({ maxPerSite: 1 });
  const connection = new FakeConnection();
  (await take(pool, 'a')).release(connection);
  connection.lose();
  assert.deepEqual(pool.load, { open: 0, idle: 0, sites: 0 });
  assert.equal((await take(pool, 'a')).idle, undefined);
});

test('a broken or worn out connection is not kept', async () => {
  const { pool } = poolWith();
  const [broken, worn] = [new FakeConnection(), new FakeConnection()];
  broken.usable = false;
  worn.transactions = 10;
  (await take(pool, 'a')).release(broken);
  (await take(pool, 'a')).release(worn);
  assert.deepEqual(pool.load, { open: 0, idle: 0, sites: 0 });
});

test('who gives up waiting loses the turn, and the next one gets it', async () => {
  const { pool } = poolWith({ maxPerSite: 1 });
  const hold = await take(pool, 'a');
  const stop = new AbortController();
  const gone = pool.acquire('a', stop.signal);
  const next = take(pool, 'a');
  stop.abort();
  assert.equal(await gone, undefined);
  hold.release(undefined);
  assert.equal((await next).idle, undefined);
});

test('closing quits what is idle, sends waiters away, and quits what comes back later', async () => {
  const { pool } = poolWith({ maxPerSite: 1 });
  const [idle, busy] = [new FakeConnection(), new FakeConnection()];
  (await take(pool, 'a')).release(idle);
  const hold = await take(pool, 'b');
  const waiter = pool.acquire('b', FOREVER);
  await pool.close();
  assert.equal(idle.quits, 1);
  assert.equal(await waiter, undefined);
  hold.release(busy);
  assert.equal(busy.quits, 1);
  assert.equal(await pool.acquire('a', FOREVER), undefined);
});

test('a slot is released once', async () => {
  const { pool } = poolWith();
  const slot = await take(pool, 'a');
  slot.release(undefined);
  assert.throws(() => slot.release(undefined), /twice/);
});

test('whatever happens in whatever order, the bounds hold and everybody is served', async () => {
  const action = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    end: fc.constantFrom('keep', 'break', 'drop'),
    pause: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
      const { pool, advance } = poolWith();
      const held = new Map<string, number>();
      const work = actions.map(async ({ key, end, pause }) => {
        const slot = await take(pool, key);
        held.set(key, (held.get(key) ?? 0) + 1);
        assert.ok((held.get(key) ?? 0) <= 2 && pool.load.open <= 3);
        for (let turn = 0; turn < pause; turn += 1) await Promise.resolve();
        held.set(key, (held.get(key) ?? 0) - 1);
        const connection = slot.idle ?? new FakeConnection();
        if (end === 'break') connection.usable = false;
        slot.release(end === 'drop' ? undefined : connection);
      });
      await Promise.all(work);
      advance(1000);
      assert.deepEqual(pool.load, { open: 0, idle: 0, sites: 0 });
    }),
    { numRuns: 300 },
  );
});
