// The keys that a lane signs with: those of the message's account, and the next one soon after it has become active.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import type { NewDkimKey } from '../../src/domain/dkim-key.ts';
import type { AccountId } from '../../src/lib/ids.ts';
import { createSigners } from '../../src/main/signers.ts';
import { generateDkimKey } from '../../src/mail/dkim/keys.ts';
import { manualClock } from '../support/manual-clock.ts';

test('a key that becomes active signs within seconds, and each account has its own', async () => {
  const clock = manualClock(1_000_000);
  const store = new MemoryControlStore(clock);
  const one = await store.createAccount('One');
  const pair = await generateDkimKey('ed25519-sha256');
  const key = (selector: string, state: NewDkimKey['state']): NewDkimKey => ({
    ...{ accountId: one, domain: 'brand.test', selector, state, algorithm: 'ed25519-sha256', ...pair },
  });
  await store.senders.createDomain({ accountId: one, name: 'brand.test', proof: 'dns', key: key('s1', 'active') });
  await store.senders.addKey(key('s2', 'pending'));
  const { signersOf } = createSigners(store, clock);
  const selectors = async (accountId = one): Promise<string[]> =>
    (await signersOf({ accountId, signingDomain: 'brand.test' })).map(({ selector }) => selector);
  assert.deepEqual([await selectors(), await selectors(99 as AccountId)], [['s1'], []]);
  const [before] = await signersOf({ accountId: one, signingDomain: 'brand.test' });
  await store.senders.activateKey({ accountId: one, domain: 'brand.test', selector: 's2' });
  assert.deepEqual(await selectors(), ['s1'], 'looked up a moment ago');
  clock.advance(2001);
  assert.deepEqual(await selectors(), ['s2']);
  await store.senders.deleteDomain(1);
  clock.advance(2001);
  const [after] = await signersOf({ accountId: one, signingDomain: 'brand.test' });
  assert.equal(after?.selector, 's2', 'what waits of a domain that was removed is signed');
  assert.equal(before?.key.equals(after?.key ?? before.key), true);
});
