// What the link of a message does: its token, leaving, and coming back (contract sending 14 and 17).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUnsubscribeDesk, type Subscription } from '../../src/core/unsubscribe.ts';
import { readUnsubscribeToken, unsubscribeToken } from '../../src/core/unsubscribe-link.ts';
import { newMessageId } from '../../src/lib/ids.ts';
import { encodeReturnPath, returnPathKey } from '../../src/mail/verp.ts';
import { message } from '../support/activity-fixture.ts';
import { coreWorld } from '../support/core-fixture.ts';

const KEY = returnPathKey(Buffer.alloc(32, 1));
const OTHER_KEY = returnPathKey(Buffer.alloc(32, 2));
const messageId = newMessageId(1_800_000_000_000);

test('a token names a message and a recipient, in any case of its letters', () => {
  for (const recipient of [0, 49, undefined]) {
    const token = unsubscribeToken({ messageId, recipient }, KEY);
    assert.match(token, /^[0-9a-v]{48}$/);
    assert.deepEqual(readUnsubscribeToken(token.toUpperCase(), KEY), { messageId, recipient });
  }
});

test('nobody else makes a token', () => {
  const token = unsubscribeToken({ messageId, recipient: 0 }, KEY);
  const changed = `${token.startsWith('0') ? '1' : '0'}${token.slice(1)}`;
  const returnPath = encodeReturnPath({ uuid: messageId, recipient: 0 }, OTHER_KEY).slice(3);
  for (const wrong of [
    '',
    'x',
    changed,
    token.slice(1),
    `${token}0`,
    returnPath,
    unsubscribeToken({ messageId, recipient: 0 }, OTHER_KEY),
  ]) {
    assert.equal(readUnsubscribeToken(wrong, KEY), undefined);
  }
});

async function world(...to: readonly string[]) {
  const core = await coreWorld();
  const sent = message({ to, streamId: 'broadcast' });
  let published = 0;
  const desk = createUnsubscribeDesk({
    key: KEY,
    activity: { acceptedMessage: async (id) => (id === sent.id ? sent : undefined) },
    store: core.store,
    publish: async () => void (published += 1),
    clock: core.clock,
  });
  const recipient = to.length === 1 ? 0 : undefined;
  const found = (await desk.find(unsubscribeToken({ messageId: sent.id, recipient }, KEY))) as Subscription;
  const suppressed = (address: string, stream = 'broadcast') =>
    core.store.suppressed(sent.serverId, stream as typeof sent.streamId, [address]);
  return { ...core, desk, sent, found, suppressed, published: () => published };
}

test('who leaves is off that stream alone, and it is told with the message', async () => {
  const { desk, found, suppressed, store, sent, published } = await world('Bob@rcpt.test');
  assert.deepEqual([found.address, found.streamName], ['bob@rcpt.test', 'Default Broadcast Stream']);
  assert.equal(await desk.hasLeft(found, 'bob@rcpt.test'), false);
  for (let n = 0; n < 2; n += 1) await desk.leave(found, 'bob@rcpt.test');
  assert.equal(await desk.hasLeft(found, 'bob@rcpt.test'), true);
  assert.deepEqual(await suppressed('bob@rcpt.test'), ['bob@rcpt.test']);
  assert.deepEqual(await suppressed('bob@rcpt.test', 'outbound'), []);
  const [only, ...more] = await store.suppressionLists.pendingEvents(9);
  assert.deepEqual([more.length, published()], [0, 2]);
  const { messageId: of, reason, origin, suppressed: off } = only?.event ?? {};
  assert.deepEqual([of, reason, origin, off], [sent.id, 'ManualSuppression', 'Recipient', true]);
});

test('who comes back gets mail again, unless something else keeps them off', async () => {
  const { desk, found, suppressed, store, sent } = await world('bob@rcpt.test');
  await desk.leave(found, 'bob@rcpt.test');
  assert.equal(await desk.comeBack(found, 'bob@rcpt.test'), true);
  assert.deepEqual(await suppressed('bob@rcpt.test'), []);
  assert.equal(await desk.comeBack(found, 'bob@rcpt.test'), true);
  const row = { serverId: sent.serverId, streamId: sent.streamId, address: 'bob@rcpt.test', createdAt: 1 } as const;
  await store.suppress([{ ...row, reason: 'SpamComplaint', origin: 'Recipient' }]);
  await desk.leave(found, 'bob@rcpt.test');
  assert.equal(await desk.comeBack(found, 'bob@rcpt.test'), false);
  assert.deepEqual(await suppressed('bob@rcpt.test'), ['bob@rcpt.test']);
});

test('a link of a message for several knows its recipients, and none of others', async () => {
  const { desk, found } = await world('bob@rcpt.test', 'Cy@rcpt.test');
  assert.equal(found.address, undefined);
  assert.equal(desk.recipient(found, ' CY@rcpt.test '), 'cy@rcpt.test');
  assert.equal(desk.recipient(found, 'zed@rcpt.test'), undefined);
  assert.equal(desk.recipient(found, ''), undefined);
});

test('a link whose message is gone, and one of somebody else, lead nowhere', async () => {
  const { desk } = await world('bob@rcpt.test');
  assert.equal(await desk.find(unsubscribeToken({ messageId, recipient: 0 }, KEY)), undefined);
  assert.equal(await desk.find('nonsense'), undefined);
});

test('leaving a stream that is deleted changes nothing', async () => {
  const { desk, found, store, sent, clock } = await world('bob@rcpt.test');
  await store.messageStreams.archive(sent.serverId, sent.streamId, clock.now() - 1);
  await store.messageStreams.purge(clock.now(), 9);
  await desk.leave(found, 'bob@rcpt.test');
  assert.deepEqual(await store.suppressionLists.pendingEvents(9), []);
});
