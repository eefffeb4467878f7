// Sealed tiles answer as the rows do: every filter and pair of filters before and after, deep pages, and what goes or changes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TILE_MESSAGES } from '../../src/backends/sqlite/activity-tile.ts';
import { TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import type { IndexChange } from '../../src/ports/activity-index.ts';
import type { OutboundFilter } from '../../src/ports/activity.ts';
import { idAt, NOW, openIndex, OTHERS, OURS, type Index } from '../support/activity-fixture.ts';

const MESSAGES = Math.floor(TILE_MESSAGES * 2.3);
const BATCH = 2000;
const SECOND = 1000;

function made(n: number): IndexChange {
  const at = NOW + Math.floor(n / 3) * SECOND;
  const subject = n % 2 === 0 ? 'Your Invoice' : `Order ${n} of ÄRGER\n${n % 7}`;
  const metadata: Record<string, string> = n % 3 === 0 ? { color: n % 4 === 0 ? 'blue' : 'red', id: String(n) } : {};
  return {
    kind: 'message',
    serverId: n % 11 === 0 ? OTHERS : OURS,
    fromAddress: n % 5 === 0 ? 'Rare@example.com' : 'ann@example.com',
    size: 1,
    pending: n % 997 === 0 ? 1 : 0,
    source: undefined,
    message: {
      id: idAt(at),
      streamId: n % 4 === 1 ? 'broadcast' : 'outbound',
      tag: ['', 'a', 'b'][n % 3] ?? '',
      recipients: [{ address: n % 50 === 0 ? 'Common@example.net' : `u${n % 900}@example.net`, name: '', role: 'To' }],
      receivedAt: at,
      from: 'ann@example.com',
      subject,
      attachments: [],
      trackOpens: false,
      trackLinks: 'None',
      metadata,
      sandboxed: false,
    },
  };
}

async function filled(): Promise<Index> {
  const index = openIndex();
  for (let first = 0; first < MESSAGES; first += BATCH) {
    const upTo = Math.min(first + BATCH, MESSAGES);
    const changes = Array.from({ length: upTo - first }, (_, n) => made(first + n));
    await index.index.apply({ log: TRANSACTIONAL_LANE, after: first, upTo, changes });
  }
  return index;
}

type Filter = Partial<OutboundFilter>;
const SINGLE: readonly Filter[] = [
  {},
  { streamId: 'broadcast' },
  { recipient: 'COMMON@example.net' },
  { recipient: 'u7@example.net' },
  { recipient: 'nobody@example.net' },
  { fromAddress: 'rare@EXAMPLE.com' },
  { tag: 'a' },
  { tag: 'A' },
  { status: 'sent' },
  { status: 'queued' },
  { subject: 'INVOICE' },
  { subject: 'order 12' },
  { subject: '2' },
  { subject: '12 of' },
  { subject: '1 OF ä' },
  { subject: 'order 37 of' },
  { subject: 'of ärger' },
  { subject: 'ärger\n3' },
  { subject: 'r' },
  { metadata: { key: 'color', value: 'blue' } },
  { metadata: { key: 'id', value: '2997' } },
  { from: NOW + 3000 * SECOND },
  { to: NOW + 3000 * SECOND },
  { from: NOW + 5000 * SECOND, to: NOW + 5001 * SECOND },
  { from: NOW - 10 * SECOND, to: NOW - SECOND },
];
const PAIRS = SINGLE.flatMap((one, n) => SINGLE.slice(n).map((other): Filter => ({ ...one, ...other })));
const PAGES = [
  { count: 20, offset: 0 },
  { count: 500, offset: 9500 },
];

const answers = (index: Index, serverId = OURS) =>
  Promise.all(
    PAIRS.flatMap((filter) =>
      PAGES.map(async (page) => {
        const found = await index.activity.searchOutbound({ serverId, streamId: 'outbound', ...page, ...filter });
        return { filter, page, total: found.total, ids: found.items.map(({ id }) => id) };
      }),
    ),
  );

describe('sealed tiles', () => {
  let index: Index;
  before(async () => {
    index = await filled();
  });
  after(() => index.close());

  test('find what the rows hold, with the same totals, in the same order', async () => {
    const rows = await answers(index);
    const theirs = await answers(index, OTHERS);
    let sealed = 0;
    while (await index.index.tidy()) sealed += 1;
    assert.equal(sealed, 3, 'the tile that still fills is sealed as far as it is filled');
    assert.deepEqual(await answers(index), rows);
    assert.deepEqual(await answers(index, OTHERS), theirs);
    assert.ok(rows.filter(({ total }) => total > 10_000).length > 10, 'there are deep pages');
  });

  test('answer together with the rows that came after them', async () => {
    const half = openIndex();
    const rows = openIndex();
    for (const [upTo, tidies] of [
      [MESSAGES - 12_000, true],
      [MESSAGES - 11_300, false],
    ] as const) {
      for (const each of [half, rows]) {
        const after = await each.index.cursor(TRANSACTIONAL_LANE);
        const changes = Array.from({ length: upTo - after }, (_, n) => made(after + n));
        await each.index.apply({ log: TRANSACTIONAL_LANE, after, upTo, changes });
      }
      while (tidies && (await half.index.tidy()));
    }
    assert.equal(await half.index.tidy(), false, 'too few came to seal the tile again');
    const shape = (found: Awaited<ReturnType<typeof answers>>) =>
      found.map(({ filter, page, total, ids }) => ({ filter, page, total, found: ids.length }));
    assert.deepEqual(shape(await answers(half)), shape(await answers(rows)));
    await half.close();
    await rows.close();
  });

  test('forget what is erased, and are sealed again', async () => {
    const filter = { serverId: OURS, streamId: 'outbound', count: 1, offset: 0 } as const;
    const all = (await index.activity.searchOutbound(filter)).total;
    const before = (await index.activity.searchOutbound({ ...filter, recipient: 'u7@example.net' })).total;
    await index.index.erase({ serverIds: [OURS], address: 'u7@example.net', upTo: NOW * 2, limit: 10_000 });
    assert.equal((await index.activity.searchOutbound({ ...filter, recipient: 'u7@example.net' })).total, 0);
    assert.equal((await index.activity.searchOutbound(filter)).total, all - before);
    while (await index.index.tidy());
    assert.equal((await index.activity.searchOutbound(filter)).total, all - before);
  });

  test('of a day that is over are sealed to the last message, also where it comes late', async () => {
    const filter = { serverId: OURS, streamId: 'outbound', count: 500, offset: 0 };
    index.clock.at = NOW + 86_400_000;
    const before = await index.activity.searchOutbound(filter);
    const late = made(2);
    await index.index.apply({ log: TRANSACTIONAL_LANE, after: MESSAGES, upTo: MESSAGES + 1, changes: [late] });
    assert.equal((await index.activity.searchOutbound(filter)).total, before.total + 1);
    let sealed = 0;
    while (await index.index.tidy()) sealed += 1;
    assert.equal(sealed, 1);
    assert.equal((await index.activity.searchOutbound(filter)).total, before.total + 1);
  });
});
