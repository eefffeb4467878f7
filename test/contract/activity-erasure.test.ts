// What is left in the activity index of a recipient whose data was erased, and what its logs give away (src/ports/erasure.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '../../src/domain/message.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import type { Covers } from '../../src/ports/erasure.ts';
import {
  accepted,
  bounced,
  delivered,
  message,
  NOW,
  openIndex,
  OTHERS,
  OURS,
  refused,
  type ArrayLog,
  type Index,
} from '../support/activity-fixture.ts';
import { clicked, opened, received } from '../support/later-events.ts';

const BOB = 'bob@example.net';
const CARL = 'carl@example.net';
const ALL = { serverId: OURS, count: 100, offset: 0 };
const COVERED: Covers = ({ serverId }, address) => serverId === OURS && address.toLowerCase() === BOB;
const captured = { mailFrom: 'b@example.com', rcptTo: [BOB], prefix: '' };

function body(lane: ArrayLog, { id }: Message): void {
  lane.bodies.set(id, Buffer.from(`To: ${BOB}\r\n\r\nDear Bob`));
}

async function erase({ index }: Index, over: { limit?: number; upTo?: number } = {}): Promise<number[]> {
  const pieces: number[] = [];
  do pieces.push(await index.erase({ serverIds: [OURS], address: BOB, upTo: NOW + 1000, limit: 100, ...over }));
  while (pieces.at(-1) !== 0 && pieces.length < 50);
  return pieces;
}

/** Everything that the API can read of a message, as one text. */
async function readAll({ activity }: Index, id: MessageId): Promise<string> {
  const bounces = await activity.searchBounces(ALL);
  return JSON.stringify([
    await activity.searchOutbound(ALL),
    await activity.outboundDetails(OURS, id),
    await activity.outboundSource(OURS, id),
    await activity.trace([OURS], id),
    bounces,
    await Promise.all(bounces.items.map((bounce) => activity.bounceDump(OURS, bounce.id))),
    await activity.captured(ALL, OURS),
    (await activity.capturedMessage(id, OURS)) ?? null,
  ]);
}

/** As the erasure leaves it, and as an index is that is made again from the logs after it. */
async function bothWays(fill: (index: Index) => Promise<void>): Promise<readonly [Index, Index]> {
  const erased = openIndex();
  await fill(erased);
  await erase(erased);
  const rebuilt = openIndex({ covers: COVERED, lane: erased.lane, front: erased.front });
  await rebuilt.happen();
  await rebuilt.happenOutside();
  return [erased, rebuilt];
}

describe('a message to the erased recipient alone', () => {
  test('is gone with its events, content, bounces and capture; nothing of it is read from the logs', async () => {
    const of = message({ to: ['Bob@Example.net'], subject: 'For Bob', metadata: { name: 'Bob' } });
    const indexes = await bothWays(async (index) => {
      body(index.lane, of);
      await index.happen(accepted(of), delivered(of, 0, { captured }), bounced(of));
    });
    for (const index of indexes) {
      assert.equal((await index.activity.searchOutbound(ALL)).total, 0);
      assert.equal(await index.activity.outboundDetails(OURS, of.id), undefined);
      assert.equal((await index.activity.searchBounces(ALL)).total, 0);
      assert.deepEqual(await index.activity.bounceCounts(OURS), { inactive: 0, byType: [] });
      assert.equal((await index.activity.captured(ALL, undefined)).total, 0);
    }
    const [, rebuilt] = indexes;
    assert.equal(await rebuilt.activity.trace([OURS], of.id), undefined, 'the log still has it');
    for (const index of indexes) await index.close();
  });
});

describe('a message to others as well', () => {
  const of = message({ to: [BOB, CARL], subject: 'For Bob and Carl', metadata: { name: 'Bob' }, tag: 'welcome' });
  const returned = { reportedBy: 'mx', feedback: undefined, raw: `To: ${BOB}` };

  test('keeps the others with what became of them, and neither address nor content', async () => {
    const indexes = await bothWays(async (index) => {
      body(index.lane, of);
      await index.happen(
        accepted(of),
        delivered(of, 0, { transcript: `RCPT TO:<${BOB}>`, captured }),
        delivered(of, 1, { transcript: `RCPT TO:<${BOB}>` }),
        bounced(of, 1, { source: 'report', returned }),
      );
    });
    for (const index of indexes) {
      const details = await index.activity.outboundDetails(OURS, of.id);
      assert.ok(details);
      assert.deepEqual(
        [details.recipients, details.status, details.tag, details.subject, details.metadata, details.source],
        [[{ address: CARL, name: '', role: 'To' }], 'Sent', 'welcome', '', {}, ''],
      );
      assert.deepEqual(
        details.events.map(({ type, recipient }) => [type, recipient]),
        [
          ['Delivered', CARL],
          ['Bounced', CARL],
        ],
      );
      const found = async (recipient: string) => (await index.activity.searchOutbound({ ...ALL, recipient })).total;
      assert.deepEqual([await found(BOB), await found(CARL), await found('')], [0, 1, 0]);
      assert.equal((await index.activity.searchBounces(ALL)).items[0]?.email, CARL);
    }
    const [, rebuilt] = indexes;
    assert.doesNotMatch(await readAll(rebuilt, of.id), /bob/i);
    const trace = await rebuilt.activity.trace([OURS], of.id);
    assert.deepEqual(trace?.recipients, ['', CARL], 'events count from places');
    for (const index of indexes) await index.close();
  });

  test('goes as a whole when all of them are erased', async () => {
    const index = openIndex();
    body(index.lane, of);
    await index.happen(accepted(of), delivered(of, 1));
    await erase(index);
    await index.index.erase({ serverIds: [OURS], address: CARL, upTo: NOW + 1000, limit: 100 });
    assert.equal((await index.activity.searchOutbound(ALL)).total, 0);
    await index.close();
  });

  test('takes later reports about the others without what they quote', async () => {
    const index = openIndex();
    await index.happen(accepted(of));
    await erase(index);
    await index.happen(bounced(of, 1, { source: 'report', returned }));
    const [bounce] = (await index.activity.searchBounces(ALL)).items;
    assert.ok(bounce);
    assert.doesNotMatch((await index.activity.bounceDump(OURS, bounce.id)) ?? '', /bob/i);
    await index.close();
  });
});

test('a refusal over SMTP loses the address; bounces of the others keep their ids', async () => {
  const of = message({ to: [BOB, CARL] });
  const before = openIndex();
  await before.happenOutside(refused(of));
  const ids = (await before.activity.searchBounces(ALL)).items;
  const carls = ids.find(({ email }) => email === CARL)?.id;
  await before.close();
  const indexes = await bothWays((index) => index.happenOutside(refused(of, { source: `To: ${BOB}\r\n\r\n` })));
  assert.doesNotMatch(await readAll(indexes[1], of.id), /bob/i);
  for (const index of indexes) {
    const { items } = await index.activity.searchBounces(ALL);
    assert.deepEqual(
      items.map(({ id, email }) => [id, email]),
      [[carls, CARL]],
    );
    await index.close();
  }
});

test('openings and clicks go, those of others stay', async () => {
  const of = message({ to: [BOB, CARL] });
  const late = { at: NOW + 5000 };
  const indexes = await bothWays((index) =>
    index.happen(
      accepted(of),
      opened(of, { address: BOB }),
      clicked(of, { address: BOB, ...late }),
      opened(of, { address: CARL }),
    ),
  );
  for (const index of indexes) {
    const { activity } = index;
    assert.deepEqual(
      (await activity.opens(ALL)).items.map(({ recipient }) => recipient),
      [CARL],
    );
    assert.equal((await activity.clicks(ALL)).total, 0);
    const details = await activity.outboundDetails(OURS, of.id);
    assert.deepEqual(
      details?.events.map(({ recipient }) => recipient),
      [CARL],
    );
    await index.close();
  }
});

test('what the person wrote goes, what others wrote stays', async () => {
  const from = (address: string) => ({ address, name: '', mailboxHash: '' });
  const [theirs, others] = [received({ from: from('Bob@Example.net') }), received({ from: from(CARL) })];
  const indexes = await bothWays((index) => index.happenOutside(theirs, others));
  for (const index of indexes) {
    const { activity } = index;
    const found = await activity.searchInbound({ ...ALL, status: 'Processed' });
    assert.deepEqual(
      found.items.map(({ id }) => id),
      [others.messageId],
    );
    assert.equal(await activity.inboundDetails(OURS, theirs.messageId), undefined);
    await index.close();
  }
});

test('other servers, other recipients and later messages stay', async () => {
  const index = openIndex();
  const stay = [
    message({ to: [BOB], serverId: OTHERS }),
    message({ to: [CARL] }),
    message({ to: ['xbob@example.net'] }),
    message({ to: [BOB], at: NOW + 1001 }),
  ];
  await index.happen(...stay.map(accepted), ...stay.map((of) => bounced(of)));
  assert.deepEqual(await erase(index), [0]);
  assert.equal((await index.activity.searchOutbound(ALL)).total, 3);
  assert.equal((await index.activity.searchBounces({ ...ALL, serverId: OTHERS })).total, 1);
  await index.close();
});

test('a lot is erased in pieces of the size asked for', async () => {
  const index = openIndex();
  await index.happen(...Array.from({ length: 25 }, () => accepted(message({ to: [BOB] }))));
  assert.deepEqual(await erase(index, { limit: 10 }), [10, 10, 5, 0]);
  await index.close();
});

test('a bounce whose message is no longer in the index goes too', async () => {
  const index = openIndex();
  await index.happen(bounced(message({ to: [BOB], at: NOW - 5000 })));
  assert.deepEqual(await erase(index), [1, 0]);
  assert.equal((await index.activity.searchBounces(ALL)).total, 0);
  await index.close();
});
