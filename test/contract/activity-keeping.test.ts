// What the SQLite index keeps and how it finds it: purging, plans of common searches, and the version of its file.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { BOUNCE_ORDER, bounceQuery } from '../../src/backends/sqlite/activity-bounces.ts';
import { whole } from '../../src/backends/sqlite/activity-query.ts';
import type { Query } from '../../src/backends/sqlite/activity-query.ts';
import { DAY_MS, dayOf, openActivityDays } from '../../src/backends/sqlite/activity-days.ts';
import { DAY_STEPS } from '../../src/backends/sqlite/activity-day-schema.ts';
import { idToBytes } from '../../src/backends/sqlite/activity-rows.ts';
import { openActivityFile, openIndexFile, type Db } from '../../src/backends/sqlite/activity-schema.ts';
import { outboundOrder, outboundQuery } from '../../src/backends/sqlite/activity-search.ts';
import type { BounceFilter, OutboundFilter } from '../../src/ports/activity.ts';
import {
  NOW,
  OTHERS,
  OURS,
  accepted,
  bounced,
  delivered,
  idAt,
  message,
  openIndex,
} from '../support/activity-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'activity-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const stream = { streamId: 'outbound' };

const OUTBOUND_PLANS: readonly (readonly [filter: Partial<OutboundFilter>, index: RegExp])[] = [
  [{}, /m USING (COVERING )?INDEX message_by_id \(server_id=\?\)/],
  [stream, /m USING (COVERING )?INDEX message_by_stream \(server_id=\? AND stream_id=\?\)/],
  [{ ...stream, from: 1, to: 2 }, /message_by_stream \(server_id=\? AND stream_id=\? AND received_at>\? AND rec/],
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
  const main = openActivityFile(':memory:');
  const day = openIndexFile({ path: ':memory:', steps: DAY_STEPS, cacheKiB: 1000 });
  after(() => {
    main.close();
    day.close();
  });
  const planIn = (db: Db, query: Query, order: string): string => {
    const explained = db.prepare(`EXPLAIN QUERY PLAN SELECT * FROM ${whole(query)} ORDER BY ${order} LIMIT 9`);
    return (explained.all(...query.values) as { detail: string }[]).map(({ detail }) => detail).join('\n');
  };

  for (const [filter, wanted] of OUTBOUND_PLANS) {
    test(`messages by ${JSON.stringify(filter)} use an index`, () => {
      const all = { serverId: OURS, count: 9, offset: 0, ...filter };
      const found = planIn(day, outboundQuery(day, all), outboundOrder(all));
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
      const found = planIn(main, query, BOUNCE_ORDER);
      assert.match(found, wanted);
      assert.doesNotMatch(found, /SCAN/);
    });
  }
});

describe('purging the index in SQLite', () => {
  const captured = { mailFrom: 'v@example.com', rcptTo: ['bob@example.net'], prefix: '' };
  const MIDNIGHT = Date.UTC(2026, 0, 16);
  const all = { serverId: OURS, count: 10, offset: 0 };

  test('takes a day with its file once all of it is older, and the rest in bounded pieces, of all servers', async () => {
    const path = join(folder, 'purge.sqlite');
    const index = openIndex({ path });
    const late = message({ at: NOW, id: idAt(NOW) });
    for (const serverId of [OURS, OTHERS]) {
      for (let n = 0; n < 9; n += 1) {
        const of = message({
          serverId,
          at: NOW + n,
          id: idAt(NOW + n),
          metadata: { k: 'v' },
          tag: 't',
          cc: ['Eve@example.net'],
        });
        await index.happen(accepted(of), delivered(of, 0, { captured }), bounced(of, 1, { at: NOW + n }));
      }
    }
    const keep = message({ at: MIDNIGHT, id: idAt(MIDNIGHT), tag: 'keep' });
    await index.happen(accepted(keep), bounced(keep, 0, { at: MIDNIGHT }));
    await index.activity.markReactivated(OURS, 'outbound', 'bob@example.net', NOW);
    const tags = async () => (await index.activity.searchOutbound(all)).items.map(({ tag }) => tag);
    const files = () => readdirSync(join(folder, 'purge')).filter((name) => name.endsWith('.sqlite'));

    assert.equal(await index.index.purge(NOW, 7), 0);
    assert.equal((await index.activity.searchOutbound(all)).total, 10, 'a day stays whole until all of it is older');
    const pieces: number[] = [];
    do pieces.push(await index.index.purge(MIDNIGHT, 7));
    while (pieces.at(-1) !== 0);
    assert.deepEqual(pieces, [8, 7, 4, 0], 'a day and 18 bounces, in bounded pieces');
    assert.deepEqual(await tags(), ['keep']);
    assert.equal((await index.activity.captured(all, undefined)).total, 0);
    assert.equal((await index.activity.searchBounces(all)).total, 1);
    assert.deepEqual(files(), ['2026-01-16.sqlite']);

    await index.happen(accepted(late), delivered(late));
    assert.deepEqual(
      [await tags(), files()],
      [['keep'], ['2026-01-16.sqlite']],
      'what comes later does not bring it back',
    );
    await index.close();
  });
});

describe('the files of the index in SQLite', () => {
  test('of another version are refused, by name', async () => {
    const path = join(folder, 'version.sqlite');
    const index = openIndex({ path });
    const of = message({ id: idAt(NOW) });
    await index.happen(accepted(of));
    await index.close();
    for (const file of [path, join(folder, 'version', '2026-01-15.sqlite')]) {
      const db = new Database(file);
      db.pragma('user_version = 99');
      db.close();
    }
    assert.throws(() => openActivityFile(path), /version\.sqlite has schema version 99/);
    const [main] = [openActivityFile(join(folder, 'other.sqlite'))];
    const days = openActivityDays({ main, folder: join(folder, 'version') });
    assert.throws(() => days.of(idToBytes(of.id)), /2026-01-15\.sqlite has schema version 99/);
    main.close();
  });

  test('are few at a time, however many days are searched and written', async () => {
    const main = openActivityFile(join(folder, 'few.sqlite'));
    const days = openActivityDays({ main, folder: join(folder, 'few'), limits: { open: 3 } });
    const ids = Array.from({ length: 9 }, (_, n) => idToBytes(idAt(NOW + n * DAY_MS)));
    for (const id of ids) {
      const day = days.forWriting(id);
      day?.db.prepare('INSERT INTO tile VALUES (?, 0, 0, 0)').run(day.day);
    }
    const found: number[] = [];
    for (const { day, db } of days.newestFirst()) {
      assert.equal(db.open, true);
      found.push(day);
    }
    assert.deepEqual(found, ids.map(dayOf).reverse());
    const open = [...days.newestFirst()].filter(({ db }) => db.open);
    assert.equal(open.length, 3);
    days.sync();
    days.sync();
    assert.equal(open.filter(({ db }) => db.open).length, 0, 'and none stays open that nobody asks for');
    for (const id of ids)
      assert.equal(days.of(id)?.prepared('SELECT count(*) AS n FROM tile').get()?.['n' as never], 1);
    days.close();
    main.close();
  });
});
