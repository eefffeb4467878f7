// What the SQLite index keeps and how it finds it: purging, plans of common searches, and the version of its file.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { BOUNCE_ORDER, bounceQuery } from '../../src/backends/sqlite/activity-bounces.ts';
import { whole } from '../../src/backends/sqlite/activity-query.ts';
import type { Query } from '../../src/backends/sqlite/activity-query.ts';
import { openActivityFile } from '../../src/backends/sqlite/activity-schema.ts';
import { outboundOrder, outboundQuery } from '../../src/backends/sqlite/activity-search.ts';
import type { BounceFilter, OutboundFilter } from '../../src/ports/activity.ts';
import {
  NOW,
  OTHERS,
  OURS,
  accepted,
  bounced,
  delivered,
  message,
  openIndex,
  refused,
} from '../support/activity-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'activity-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const stream = { streamId: 'outbound' };

const OUTBOUND_PLANS: readonly (readonly [filter: Partial<OutboundFilter>, index: RegExp])[] = [
  [{}, /m USING (COVERING )?INDEX message_by_id \(server_id=\?\)/],
  [stream, /m USING (COVERING )?INDEX message_by_stream \(server_id=\? AND stream_id=\?\)/],
  [{ ...stream, from: 1, to: 2 }, /message_by_stream \(server_id=\? AND stream_id=\? AND received_at>\? AND rec/],
  [{ ...stream, tag: 'a', from: 1 }, /message_by_tag \(server_id=\? AND stream_id=\? AND tag=\?/],
  [{ ...stream, fromAddress: 'a', to: 2 }, /message_by_from \(server_id=\? AND stream_id=\? AND from_key=\?/],
  [{ ...stream, status: 'queued', from: 1 }, /message_queued \(server_id=\? AND stream_id=\?/],
  [{ ...stream, recipient: 'a' }, /SEARCH r USING PRIMARY KEY .*address_key=\?\)\nSEARCH m USING INTEGER PRIMARY KEY/],
  [
    { ...stream, metadata: { key: 'a', value: 'b' } },
    /SEARCH d USING PRIMARY KEY .*value=\?\)\nSEARCH m USING INTEGER PRIMARY KEY/,
  ],
  [
    { recipient: 'a', metadata: { key: 'a', value: 'b' } },
    /SEARCH r USING PRIMARY KEY .*\nSEARCH d USING PRIMARY KEY .*message=\?\)/,
  ],
];

const BOUNCE_PLANS: readonly (readonly [filter: Partial<BounceFilter>, index: RegExp])[] = [
  [stream, /bounce_by_stream \(server_id=\? AND stream_id=\?\)/],
  [{ type: 'HardBounce', from: 1 }, /bounce_by_type \(server_id=\? AND type=\? AND bounced_at>\?\)/],
  [{ messageId: '01900000-0000-7000-8000-000000000000' }, /bounce_by_message \(server_id=\? AND message_id=\?\)/],
];

describe('the plans of searches in SQLite', () => {
  const db = openActivityFile(':memory:');
  after(() => db.close());
  const plan = (query: Query, order: string): string => {
    const explained = db.prepare(`EXPLAIN QUERY PLAN SELECT * FROM ${whole(query)} ORDER BY ${order} LIMIT 9`);
    return (explained.all(...query.values) as { detail: string }[]).map(({ detail }) => detail).join('\n');
  };

  for (const [filter, wanted] of OUTBOUND_PLANS) {
    test(`messages by ${JSON.stringify(filter)} use an index`, () => {
      const all = { serverId: OURS, count: 9, offset: 0, ...filter };
      const found = plan(outboundQuery(db, all), outboundOrder(all));
      assert.match(found, wanted);
      assert.doesNotMatch(found, /SCAN (?!slab|CONSTANT)/);
      const sorts = filter.recipient !== undefined || filter.metadata !== undefined;
      assert.equal(/TEMP B-TREE/.test(found), sorts, 'only what leads to few rows is sorted');
    });
  }

  for (const [filter, wanted] of BOUNCE_PLANS) {
    test(`bounces by ${JSON.stringify(filter)} use an index`, () => {
      const query = bounceQuery({ serverId: OURS, count: 9, offset: 0, ...filter });
      assert.ok(query);
      const found = plan(query, BOUNCE_ORDER);
      assert.match(found, wanted);
      assert.doesNotMatch(found, /SCAN/);
    });
  }
});

describe('purging the index in SQLite', () => {
  const TABLES = ['message', 'recipient', 'metadata', 'message_event', 'refused_source', 'bounce', 'captured'];
  const captured = { mailFrom: 'v@example.com', rcptTo: ['bob@example.net'], prefix: '' };

  test('takes everything that is older, in bounded pieces, of all servers', async () => {
    const path = join(folder, 'purge.sqlite');
    const index = openIndex({ path });
    for (const serverId of [OURS, OTHERS]) {
      for (let n = 0; n < 5; n += 1) {
        const of = message({ serverId, at: NOW + n, metadata: { k: 'v' }, tag: 't', cc: ['Eve@example.net'] });
        await index.happen(accepted(of), delivered(of, 0, { captured }), bounced(of, 1, { at: NOW + n }));
        await index.happenOutside(refused(message({ serverId, at: NOW + n })));
      }
    }
    const keep = message({ at: NOW + 1000, tag: 'keep' });
    await index.happen(accepted(keep), bounced(keep, 0, { at: NOW + 1000 }));
    await index.activity.markReactivated(OURS, 'outbound', 'bob@example.net', NOW);

    const pieces: number[] = [];
    do pieces.push(await index.index.purge(NOW + 1000, 7));
    while (pieces.at(-1) !== 0);
    assert.ok(
      pieces.every((piece) => piece <= 14),
      'a piece is bounded',
    );
    assert.equal(
      pieces.reduce((sum, piece) => sum + piece, 0),
      40,
    );
    const left = await index.activity.searchOutbound({ serverId: OURS, count: 10, offset: 0 });
    assert.deepEqual(
      left.items.map(({ tag }) => tag),
      ['keep'],
    );
    assert.equal((await index.activity.searchBounces({ serverId: OURS, count: 10, offset: 0 })).total, 1);
    await index.close();

    const db = openActivityFile(path);
    const rows = TABLES.map((table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
    db.close();
    assert.deepEqual(rows, [1, 1, 0, 1, 0, 1, 0]);
  });
});

describe('the file of the index in SQLite', () => {
  test('of another version is refused, by name', () => {
    const path = join(folder, 'version.sqlite');
    const db = openActivityFile(path);
    db.pragma('user_version = 99');
    db.close();
    assert.throws(() => openActivityFile(path), /version\.sqlite has schema version 99/);
  });
});
