// Lanes leave through the addresses of their own pool, as the far side sees it; without one they wait and say why.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openControlStore } from '../../src/backends/sqlite/control-store.ts';
import type { LaneId, ServerId, StreamId } from '../../src/lib/ids.ts';
import type { PoolStore } from '../../src/ports/pool-store.ts';
import { startDeliveryWorld, type DeliveryWorld } from '../support/delivery-world.ts';
import { eventually } from '../support/installation.ts';

const TRANSACTIONAL = 'transactional' as LaneId;
const BROADCAST = 'broadcast' as LaneId;

interface World extends DeliveryWorld {
  readonly pools: PoolStore;
  /** Gives the pool this address and takes all others from it; resolves when they are gone. */
  give(pool: LaneId, ip: string): Promise<void>;
  takeAll(pool: LaneId): Promise<void>;
}

async function world(t: TestContext): Promise<World> {
  const delivery = await startDeliveryWorld();
  // Beside the running server, as the command line does it.
  const store = openControlStore({ file: join(delivery.installation.data, 'control.sqlite'), key: Buffer.alloc(32) });
  t.after(async () => {
    await store.close();
    await delivery.stop();
  });
  const { pools } = store;
  const of = async (pool: LaneId) => (await pools.addresses()).filter((address) => address.pool === pool);
  const takeAll = async (pool: LaneId): Promise<void> => {
    for (const { id } of await of(pool)) await pools.beginLeaving(id);
    await eventually(`${pool} to let go`, async () => ((await of(pool)).length === 0 ? true : undefined));
  };
  const give = async (pool: LaneId, ip: string): Promise<void> => {
    await takeAll(pool);
    await pools.addAddress({ pool, ip, ehlo: undefined, shared: false });
  };
  return { ...delivery, pools, give, takeAll };
}

const delivered = (events: readonly { Type: string }[]): boolean => events.some(({ Type }) => Type === 'Delivered');

test('each stream leaves through the address of its own pool, also after a change under way', async (t) => {
  const w = await world(t);
  const mx = await w.host({}, 'far.test');
  await w.give(TRANSACTIONAL, '127.0.0.21');
  await w.give(BROADCAST, '127.0.0.22');
  const sendBoth = async (): Promise<string[]> =>
    Promise.all([w.send('t@far.test'), w.send('b@far.test', { MessageStream: 'broadcast' })]);
  for (const id of await sendBoth()) await w.events(id, delivered);
  await w.give(BROADCAST, '127.0.0.23');
  for (const id of await sendBoth()) await w.events(id, delivered);
  const seen = mx.messages.map(({ rcptTo, client }) => `${rcptTo.join()} ${client}`).sort();
  assert.deepEqual(seen, [
    'b@far.test 127.0.0.22',
    'b@far.test 127.0.0.23',
    't@far.test 127.0.0.21',
    't@far.test 127.0.0.21',
  ]);
});

test('a lane without an address keeps its mail, says why, and goes on when it has one; the other lane does not notice', async (t) => {
  const w = await world(t);
  const mx = await w.host({}, 'far.test');
  await w.takeAll(BROADCAST);
  const held = await w.send('b@far.test', { MessageStream: 'broadcast' });
  await w.events(await w.send('t@far.test'), delivered);
  const why = await eventually('the lane to say why it waits', async () => {
    const status = await w.installation.api('GET', '/status', { account: true });
    const lane = (status.body.Lanes as { ID: string; WaitsBecause: string | null }[]).find(
      ({ ID }) => ID === 'broadcast',
    );
    // For a moment it may still be letting go of the address that was taken out.
    return lane?.WaitsBecause?.includes('being taken out') === false ? lane.WaitsBecause : undefined;
  });
  assert.match(why, /the pool 'broadcast' has no address: 'bulkhead address add <ip> --pool broadcast' gives it one/);
  assert.deepEqual(
    mx.messages.map(({ rcptTo }) => rcptTo.join()),
    ['t@far.test'],
  );
  await w.pools.addAddress({ pool: BROADCAST, ip: '127.0.0.24', ehlo: 'b.out.test', shared: false });
  await w.events(held, delivered);
  assert.equal(mx.messages.at(-1)?.client, '127.0.0.24');
  assert.ok(mx.commands.includes('EHLO b.out.test'), 'it greets with the name of the address');
});

test('an address that this machine does not have is not used, and the system is not asked for another', async (t) => {
  const w = await world(t);
  const mx = await w.host({}, 'far.test');
  await w.give(TRANSACTIONAL, '192.0.2.77');
  await w.send('t@far.test');
  await eventually('the lane to say that the address is missing', async () =>
    w.installation.output().includes('this machine does not have the address') ? true : undefined,
  );
  assert.equal(mx.messages.length, 0);
  await w.give(TRANSACTIONAL, '127.0.0.25');
  await eventually('the message to arrive', async () => (mx.messages.length === 1 ? true : undefined));
  assert.equal(mx.messages[0]?.client, '127.0.0.25');
});

test('a stream that is attached to a pool of its own leaves there, through a lane that starts at once', async (t) => {
  const w = await world(t);
  const mx = await w.host({}, 'far.test');
  const vip = 'vip' as LaneId;
  await w.pools.createPool(vip, 'transactional');
  await w.pools.addAddress({ pool: vip, ip: '127.0.0.26', ehlo: undefined, shared: false });
  await assert.rejects(
    w.pools.attachStream(1 as ServerId, 'broadcast' as StreamId, vip),
    /the pool 'vip' is for transactional mail, and the stream 'broadcast' is broadcast/,
  );
  await w.pools.attachStream(1 as ServerId, 'outbound' as StreamId, vip);
  await eventually('mail of the stream to leave through its pool', async () => {
    // Until the stream is asked for again, a message may still be stamped with the pool that it had.
    await w.events(await w.send('t@far.test'), delivered);
    return mx.messages.at(-1)?.client === '127.0.0.26' ? true : undefined;
  });
  const health = await w.installation.api('GET', '/health');
  assert.equal(health.status, 200);
});
