// What the store of pools promises about pools and addresses, over every backend (src/ports/pool-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HOST_ADDRESS, MAX_POOL_NUMBER, type AddressProof, type PoolAddress } from '../../src/domain/pool.ts';
import type { LaneId } from '../../src/lib/ids.ts';
import { PoolConflict, type NewAddress, type PoolStore } from '../../src/ports/pool-store.ts';
import { CONTROL_BACKENDS, NOON } from './control-backends.ts';

const TRANSACTIONAL = 'transactional' as LaneId;
const BROADCAST = 'broadcast' as LaneId;
const NEWS = 'news' as LaneId;

type Given = Pick<NewAddress, 'pool' | 'ip'> & Partial<NewAddress>;

interface Conflict {
  readonly why: string;
  readonly first: Given;
  readonly second: Given;
  readonly refused: RegExp | undefined;
}

const SHOP = 'shop' as LaneId;
const CONFLICTS: readonly Conflict[] = [
  {
    why: 'an address is in one pool',
    first: { pool: NEWS, ip: '192.0.2.1' },
    second: { pool: SHOP, ip: '192.0.2.1' },
    refused: /192\.0\.2\.1 belongs to the pool 'news'/,
  },
  {
    why: 'an address is once in a pool',
    first: { pool: NEWS, ip: '192.0.2.1', shared: true },
    second: { pool: NEWS, ip: '192.0.2.1', shared: true },
    refused: /the pool 'news' has 192\.0\.2\.1 already/,
  },
  {
    why: 'an address is shared by all that have it: the first did not',
    first: { pool: NEWS, ip: '192.0.2.1' },
    second: { pool: SHOP, ip: '192.0.2.1', shared: true },
    refused: /belongs to the pool 'news'/,
  },
  {
    why: 'an address is shared by all that have it: the second did not',
    first: { pool: NEWS, ip: '192.0.2.1', shared: true },
    second: { pool: SHOP, ip: '192.0.2.1' },
    refused: /belongs to the pool 'news'/,
  },
  {
    why: 'an address that all share is in several pools',
    first: { pool: NEWS, ip: '192.0.2.1', shared: true },
    second: { pool: SHOP, ip: '192.0.2.1', shared: true },
    refused: undefined,
  },
  {
    why: "the machine's own address can only be shared",
    first: { pool: NEWS, ip: '192.0.2.1' },
    second: { pool: SHOP, ip: HOST_ADDRESS },
    refused: /can only be shared/,
  },
  {
    why: "the machine's own address does not come to others",
    first: { pool: NEWS, ip: '192.0.2.1' },
    second: { pool: NEWS, ip: HOST_ADDRESS, shared: true },
    refused: /the pool 'news' has addresses: take 192\.0\.2\.1 out first/,
  },
  {
    why: 'addresses of both families are in a pool together',
    first: { pool: NEWS, ip: '192.0.2.1' },
    second: { pool: NEWS, ip: '2001:db8::1' },
    refused: undefined,
  },
];

for (const backend of CONTROL_BACKENDS) {
  describe(`pools in ${backend.name}`, () => {
    test('a new installation has one of each kind, both with the shared address of the machine', async () => {
      await using store = backend.open();
      const pools = await store.pools.pools();
      assert.deepEqual(
        pools.map(({ id, kind, number }) => [id, kind, number]),
        [
          ['transactional', 'transactional', 1],
          ['broadcast', 'broadcast', 2],
        ],
      );
      assert.deepEqual(await shown(store.pools), ['transactional host shared active', 'broadcast host shared active']);
    });

    test('a pool is made with the next number, and a name is given once', async () => {
      await using store = backend.open();
      const made = await store.pools.createPool(NEWS, 'broadcast');
      assert.deepEqual(made, { id: NEWS, kind: 'broadcast', number: 3, createdAt: NOON });
      await assert.rejects(store.pools.createPool(NEWS, 'broadcast'), /there is a pool 'news' already/);
      await assert.rejects(store.pools.createPool(BROADCAST, 'broadcast'), PoolConflict);
      assert.deepEqual((await store.pools.pools()).at(-1), made);
      assert.equal((await shown(store.pools)).length, 2, 'it has no address by itself');
    });

    test('there is a largest number of pools', async () => {
      await using store = backend.open();
      for (let number = 3; number <= MAX_POOL_NUMBER; number += 1) {
        assert.equal((await store.pools.createPool(`pool-${number}` as LaneId, 'broadcast')).number, number);
      }
      await assert.rejects(store.pools.createPool('beyond' as LaneId, 'broadcast'), /has 63 pools at most/);
    });
  });

  describe(`addresses of pools in ${backend.name}`, () => {
    test('an address is kept as it was given', async () => {
      await using store = backend.open();
      await store.pools.createPool(NEWS, 'broadcast');
      const added = await add(store.pools, { pool: NEWS, ip: '192.0.2.1', ehlo: 'mta1.example.com' });
      const { id, ...rest } = added;
      assert.deepEqual(rest, {
        pool: NEWS,
        ip: '192.0.2.1',
        ehlo: 'mta1.example.com',
        shared: false,
        state: 'active',
        addedAt: NOON,
        proof: undefined,
        warmUp: undefined,
      });
      assert.deepEqual(await byId(store.pools, id), added);
    });

    for (const { why, first, second, refused } of CONFLICTS) {
      test(why, async () => {
        await using store = backend.open();
        for (const id of ['news', 'shop']) await store.pools.createPool(id as LaneId, 'broadcast');
        await add(store.pools, first);
        const trying = add(store.pools, second);
        if (refused === undefined) assert.equal((await trying).ip, second.ip);
        else {
          await assert.rejects(trying, (error) => error instanceof PoolConflict && refused.test(error.message));
          assert.equal((await shown(store.pools)).length, 3, 'nothing was added');
        }
      });
    }

    test('an address of a pool that does not exist is refused', async () => {
      await using store = backend.open();
      await assert.rejects(add(store.pools, { pool: NEWS, ip: '192.0.2.1' }), /there is no pool 'news'/);
    });

    test("the first address of its own takes the machine's out of the pool in the same step", async () => {
      await using store = backend.open();
      await assert.rejects(add(store.pools, { pool: TRANSACTIONAL, ip: '192.0.2.1' }), /take host out first/);
      await add(store.pools, { pool: TRANSACTIONAL, ip: '192.0.2.1', replacesHost: true });
      assert.deepEqual(await shown(store.pools), [
        'transactional host shared leaving',
        'broadcast host shared active',
        'transactional 192.0.2.1 active',
      ]);
      await add(store.pools, { pool: TRANSACTIONAL, ip: '192.0.2.2', replacesHost: true });
      assert.equal((await shown(store.pools)).at(-1), 'transactional 192.0.2.2 active');
    });

    test("an address that is refused leaves the machine's where it is", async () => {
      await using store = backend.open();
      await add(store.pools, { pool: BROADCAST, ip: '192.0.2.1', replacesHost: true });
      const trying = add(store.pools, { pool: TRANSACTIONAL, ip: '192.0.2.1', replacesHost: true });
      await assert.rejects(trying, /192\.0\.2\.1 belongs to the pool 'broadcast'/);
      assert.equal((await shown(store.pools))[0], 'transactional host shared active');
      await assert.rejects(
        add(store.pools, { pool: BROADCAST, ip: HOST_ADDRESS, shared: true, replacesHost: true }),
        /the pool 'broadcast' has host already, which is still letting go of it/,
      );
    });

    test('an address leaves in two steps, and nobody gets it in between', async () => {
      await using store = backend.open();
      for (const id of ['news', 'shop']) await store.pools.createPool(id as LaneId, 'broadcast');
      const { id } = await add(store.pools, { pool: NEWS, ip: '192.0.2.1' });
      await store.pools.dropAddress(id);
      assert.equal((await byId(store.pools, id))?.state, 'active', 'an address in use is not dropped');
      assert.equal(await store.pools.beginLeaving(id), true);
      assert.equal(await store.pools.beginLeaving(id), false);
      assert.equal(await store.pools.beginLeaving(999), false);
      for (const pool of ['news', 'shop'] as LaneId[])
        await assert.rejects(add(store.pools, { pool, ip: '192.0.2.1' }), /which is still letting go of it/);
      await store.pools.dropAddress(id);
      await store.pools.dropAddress(id);
      assert.equal(await byId(store.pools, id), undefined);
      const again = await add(store.pools, { pool: 'shop' as LaneId, ip: '192.0.2.1' });
      assert.notEqual(again.id, id, 'an id is never given twice');
    });

    test('keeps what the last check found, and its warm-up', async () => {
      await using store = backend.open();
      await store.pools.createPool(NEWS, 'broadcast');
      const begun = { plan: 'fast', startedAt: NOON };
      const { id, warmUp } = await add(store.pools, { pool: NEWS, ip: '2001:db8::1', warmUp: begun });
      assert.deepEqual(warmUp, begun, 'from the first moment on');
      assert.deepEqual((await byId(store.pools, id))?.warmUp, begun);
      const proof: AddressProof = {
        checkedAt: NOON,
        verdict: 'quarantined',
        reasons: ['no PTR'],
        failed: ['ptr'],
        notes: [],
        ptr: undefined,
      };
      await store.pools.setProof(id, proof);
      await store.pools.setWarmUp(id, { plan: 'slow', startedAt: NOON });
      const kept = await byId(store.pools, id);
      assert.equal(JSON.stringify(kept?.proof), JSON.stringify(proof));
      assert.deepEqual(kept?.warmUp, { plan: 'slow', startedAt: NOON });
      await store.pools.setWarmUp(id, undefined);
      assert.equal((await byId(store.pools, id))?.warmUp, undefined);
      await store.pools.setProof(999, proof);
    });
  });
}

function add(store: PoolStore, address: Given): Promise<PoolAddress> {
  return store.addAddress({ ehlo: undefined, shared: false, ...address });
}

async function byId(store: PoolStore, id: number): Promise<PoolAddress | undefined> {
  return (await store.addresses()).find((address) => address.id === id);
}

async function shown(store: PoolStore): Promise<string[]> {
  const addresses = await store.addresses();
  return addresses.map(({ pool, ip, shared, state }) => `${pool} ${ip}${shared ? ' shared' : ''} ${state}`);
}
