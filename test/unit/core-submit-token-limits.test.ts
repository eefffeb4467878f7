// What a token's limits let through when a message comes, over HTTP and in a session over SMTP that is older than them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenLimits } from '../../src/domain/token-limits.ts';
import type { StreamId } from '../../src/lib/ids.ts';
import { answer, content, coreWorld, raw } from '../support/core-fixture.ts';

const outbound = 'outbound' as StreamId;

const RULES: readonly [name: string, limits: TokenLimits, expected: string | RegExp][] = [
  ['no limits', {}, 'accepted'],
  ['the stream', { streams: [outbound, 'news' as StreamId] }, 'accepted'],
  [
    'another stream',
    { streams: ['news' as StreamId] },
    "9002 This token may not send through the stream 'outbound', only 'news'.",
  ],
  ['the domain of From', { fromDomains: ['sender.test'] }, 'accepted'],
  [
    'another domain',
    { fromDomains: ['other.test'] },
    "9002 This token may not send from sender.test, only from 'other.test'.",
  ],
  ['a domain above it', { fromDomains: ['test'] }, /^9002 /],
];
for (const [name, limits, expected] of RULES) {
  for (const draft of [content(), raw()]) {
    test(`a token that is limited to ${name}, ${draft.kind}`, async () => {
      const world = await coreWorld();
      const said = answer(await world.submit(draft, { ...world.principal, limits }));
      if (typeof expected === 'string') assert.equal(said, expected);
      else assert.match(said, expected);
      assert.equal(world.appended.length, said === 'accepted' ? 1 : 0);
    });
  }
}

test('a session that outlives its token sends nothing more', async () => {
  const world = await coreWorld();
  const session = { ...world.principal, limits: { expiresAt: world.clock.now() + 1000 } };
  assert.equal(answer(await world.submit(raw(), session)), 'accepted');
  await world.clock.advance(1000);
  assert.equal(answer(await world.submit(raw(), session)), '9002 This token has expired.');
});

test('a session that outlives its server sends nothing more, and what it sent stays accepted', async () => {
  const world = await coreWorld();
  assert.equal(answer(await world.submit(raw())), 'accepted');
  await world.store.deleteServer(world.server.id, world.clock.now());
  assert.match(answer(await world.submit(raw())), /^1235 /);
  assert.match(answer(await world.submit(content())), /^1235 /);
  assert.equal(world.appended.length, 1);
});
