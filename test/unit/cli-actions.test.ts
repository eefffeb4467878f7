// Commands with actions: what an action does not take is refused before anything is done.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInTest } from '../support/cli-host.ts';
import { manualClock } from '../support/manual-clock.ts';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import type { LaneId } from '../../src/lib/ids.ts';

const REFUSED: readonly [words: string, why: string][] = [
  ['pool', "bulkhead pool: say 'list', 'create', 'show' or 'attach'"],
  ['stream halt 1 outbound', "bulkhead stream: say 'list', 'pause' or 'resume'"],
  ['domain constructor', "bulkhead domain: say 'add', 'show', 'verify', 'rotate', 'return-path', 'trust' or 'remove'"],
  ['pool list --kind broadcast', "bulkhead pool: Unknown option '--kind'"],
  ['token revoke 3 4', "bulkhead token: '4' is one word too many; quote what has spaces"],
  ['server create My shop', "bulkhead server: 'shop' is one word too many; quote what has spaces"],
  ['address warm-up 192.0.2.1 slow 5', "bulkhead address: '5' is one word too many; quote what has spaces"],
  ['address warm-up 192.0.2.1 --day 5', 'bulkhead address: --day needs a plan'],
  ['address add 192.0.2.1 --pool vip --day 5', 'bulkhead address: --day needs a plan'],
];

for (const [words, why] of REFUSED) {
  test(`refused: bulkhead ${words}`, async () => {
    const { code, out, err } = await runInTest(words.split(' '), { control: {} });
    assert.deepEqual([code, out], [2, '']);
    assert.equal(err.slice(0, why.length), why);
  });
}

test('the addresses of one pool are checked without the others', async () => {
  const clock = manualClock();
  const store = new MemoryControlStore(clock);
  for (const [ip, pool] of [
    ['192.0.2.1', 'transactional'],
    ['192.0.2.2', 'broadcast'],
  ] as const) {
    await store.pools.addAddress({ pool: pool as LaneId, ip, ehlo: undefined, shared: false, replacesHost: true });
  }
  const checked: string[] = [];
  const control = {
    store,
    prove: async ({ ip }: { ip: string }) => {
      checked.push(ip);
      return { checkedAt: 0, verdict: 'fit', reasons: [], ptr: undefined } as const;
    },
  };
  assert.equal((await runInTest(['address', 'check', '--pool', 'broadcast'], { control })).code, 0);
  assert.deepEqual(checked, ['host', '192.0.2.2']);
  const none = await runInTest(['address', 'check', '--pool', 'news'], { control });
  assert.deepEqual([none.code, none.err], [1, "there is no address in the pool 'news'"]);
});
