// When addresses are checked while the server runs, and what is said of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import type { AddressProof, PoolAddress } from '../../src/domain/pool.ts';
import type { LaneId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { startAddressProof, type RunningAddressProof } from '../../src/main/address-proof.ts';
import type { PoolStore } from '../../src/ports/pool-store.ts';
import { HandClock } from '../support/core-fixture.ts';

const POOL = 'transactional' as LaneId;
const HOUR = 3_600_000;
const MINUTE = 60_000;

interface World {
  readonly clock: HandClock;
  readonly pools: PoolStore;
  readonly running: RunningAddressProof;
  /** Addresses checked since the last call. */
  readonly checked: () => string[];
  readonly said: string[];
  /** What checks find from now on, by address; all is well without an entry. */
  readonly wrong: Map<string, string | Error>;
  readonly metrics: () => Promise<string>;
}

async function world(...ips: string[]): Promise<World> {
  const clock = new HandClock();
  const { pools } = new MemoryControlStore(clock);
  for (const ip of ips) await pools.addAddress({ pool: POOL, ip, ehlo: undefined, shared: false, replacesHost: true });
  for (const { id, ip } of await pools.addresses()) {
    if (ip !== 'host') continue;
    await pools.beginLeaving(id);
    await pools.dropAddress(id);
  }
  const checked: string[] = [];
  const said: string[] = [];
  const wrong: World['wrong'] = new Map();
  const metrics = createMetrics();
  const say = (fields: { address?: string; reasons?: readonly string[] }, message: string): void =>
    void said.push([message.split(':')[0], fields.address, ...(fields.reasons ?? [])].join(' '));
  const prove = async ({ ip, proof }: PoolAddress): Promise<AddressProof> => {
    checked.push(ip);
    const problem = wrong.get(ip);
    if (problem instanceof Error) throw problem;
    const checkedAt = clock.now();
    if (problem === undefined) return { checkedAt, verdict: 'fit', reasons: [], failed: [], ptr: undefined };
    if (problem === 'unsure') return { ...proof, checkedAt, verdict: 'fit', reasons: [], ptr: undefined, unsure: true };
    return { checkedAt, verdict: 'quarantined', reasons: [problem], failed: ['ptr'], ptr: undefined };
  };
  const log = { ...silentLog, info: say, warn: say, error: say };
  const running = startAddressProof({ store: pools, prove, clock, log, metrics, everyMs: HOUR });
  await clock.advance(0);
  const taken = (): string[] => checked.splice(0).sort();
  return { clock, pools, running, checked: taken, said, wrong, metrics: () => metrics.render() };
}

test('all are checked at the start, and each again an hour after its last check', async () => {
  const { clock, checked, running, said } = await world('192.0.2.1', '192.0.2.2');
  assert.deepEqual(checked(), ['192.0.2.1', '192.0.2.2']);
  await clock.advance(59 * MINUTE);
  assert.deepEqual(checked(), []);
  await clock.advance(2 * MINUTE);
  assert.deepEqual(checked(), ['192.0.2.1', '192.0.2.2']);
  assert.deepEqual(said, [], 'what is well is not worth a line');
  await running.stop();
  await clock.advance(5 * HOUR);
  assert.deepEqual(checked(), []);
});

test('one that nobody has checked is checked within half a minute', async () => {
  const { clock, checked, pools } = await world('192.0.2.1');
  checked();
  await pools.addAddress({ pool: POOL, ip: '192.0.2.9', ehlo: undefined, shared: false });
  await clock.advance(MINUTE / 2);
  assert.deepEqual(checked(), ['192.0.2.9']);
});

test('one that is quarantined is looked at every five minutes, and each change is said once', async () => {
  const { clock, checked, wrong, said, metrics } = await world('192.0.2.1', '192.0.2.2');
  wrong.set('192.0.2.1', 'no PTR');
  await clock.advance(61 * MINUTE);
  assert.deepEqual(said, ['an address is quarantined 192.0.2.1 no PTR']);
  assert.match(await metrics(), /bulkhead_addresses\{lane="transactional",verdict="quarantined"\} 1/);
  checked();
  await clock.advance(11 * MINUTE);
  assert.deepEqual(checked(), ['192.0.2.1', '192.0.2.1']);
  wrong.delete('192.0.2.1');
  await clock.advance(6 * MINUTE);
  assert.deepEqual(said.slice(1), ['an address is fit again 192.0.2.1']);
  assert.match(await metrics(), /bulkhead_addresses\{lane="transactional",verdict="fit"\} 2/);
});

test('one of which something could not be found out is looked at soon', async () => {
  const { clock, checked, wrong } = await world('192.0.2.1');
  wrong.set('192.0.2.1', 'unsure');
  await clock.advance(61 * MINUTE);
  checked();
  await clock.advance(6 * MINUTE);
  assert.deepEqual(checked(), ['192.0.2.1']);
});

test('what others have found out is said too', async () => {
  const { clock, pools, said } = await world('192.0.2.1');
  const [address] = await pools.addresses();
  const checkedAt = clock.now();
  await pools.setProof(address?.id ?? 0, { checkedAt, verdict: 'quarantined', reasons: ['listed'], ptr: undefined });
  await clock.advance(MINUTE);
  assert.deepEqual(said, ['an address is quarantined 192.0.2.1 listed']);
});

test('a check that breaks is logged, and the next round goes on', async () => {
  const { clock, checked, wrong, said } = await world('192.0.2.1');
  wrong.set('192.0.2.1', new Error('broken'));
  await clock.advance(61 * MINUTE);
  assert.match(said[0] ?? '', /^addresses could not be checked/);
  wrong.delete('192.0.2.1');
  checked();
  await clock.advance(MINUTE);
  assert.deepEqual(checked(), ['192.0.2.1']);
});
