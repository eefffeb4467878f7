// What the files of the activity index may lose, each by itself: the newest commits at a power cut, or all of it to an operator.
// The logs fill the index again, without gaps and repeats.
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Event } from '../../src/domain/event.ts';
import { TRANSACTIONAL_LANE as LANE } from '../../src/domain/pool.ts';
import {
  idAt,
  accepted,
  arrayLog,
  bounced,
  delivered,
  message,
  NOW,
  openIndex,
  OURS,
  type ArrayLog,
  type Index,
} from '../support/activity-fixture.ts';
import { opened } from '../support/later-events.ts';

const root = mkdtempSync(join(tmpdir(), 'activity-'));
after(() => rmSync(root, { recursive: true, force: true }));

const DAY = 86_400_000;
const ALL = { serverId: OURS, count: 500, offset: 0 };

function life(n: number): readonly Event[] {
  const at = NOW + (n % 3) * DAY + n;
  const of = message({ at, id: idAt(at), to: [`r${n}@example.net`], tag: `t${n % 4}` });
  const end = n % 5 === 0 ? bounced(of) : delivered(of);
  return [accepted(of), end, ...(n % 5 === 0 ? [] : [opened(of)])];
}

async function contents({ activity }: Index): Promise<unknown> {
  const messages = await activity.searchOutbound(ALL);
  return {
    messages,
    details: await Promise.all(messages.items.map(({ id }) => activity.outboundDetails(OURS, id))),
    bounces: await activity.searchBounces(ALL),
    opens: await activity.opens(ALL),
  };
}

async function fromLog(lane: ArrayLog): Promise<unknown> {
  const index = openIndex({ lane });
  await index.happen();
  const all = await contents(index);
  await index.close();
  return all;
}

const suffixes = ['', '-wal', '-shm'];

/** The main file with its companions, or the folder of days. */
function copy(what: 'main' | 'days', from: string, to: string): void {
  const name = 'index';
  if (what === 'days') {
    rmSync(join(to, name), { recursive: true, force: true });
    cpSync(join(from, name), join(to, name), { recursive: true });
    return;
  }
  for (const suffix of suffixes) {
    rmSync(join(to, `${name}.sqlite${suffix}`), { force: true });
    cpSync(join(from, `${name}.sqlite${suffix}`), join(to, `${name}.sqlite${suffix}`));
  }
}

/** An index with one half of the log on disk and the other half only applied; what its files were at both times. */
async function twoMoments(name: string): Promise<{ lane: ArrayLog; half: number; earlier: string; later: string }> {
  const [live, earlier, later] = ['live', 'earlier', 'later'].map((moment) => join(root, `${name}-${moment}`));
  for (const at of [live, earlier, later]) cpSync(mkdtempSync(join(root, 'empty-')), at ?? '', { recursive: true });
  const lane = arrayLog();
  const index = openIndex({ path: join(live ?? '', 'index.sqlite'), lane });
  await index.happen(...Array.from({ length: 30 }, (_, n) => life(n)).flat());
  await index.index.sync();
  const half = await index.index.cursor(LANE);
  for (const what of ['main', 'days'] as const) copy(what, live ?? '', earlier ?? '');
  await index.happen(...Array.from({ length: 30 }, (_, n) => life(30 + n)).flat());
  for (const what of ['main', 'days'] as const) copy(what, live ?? '', later ?? '');
  await index.close();
  return { lane, half, earlier: earlier ?? '', later: later ?? '' };
}

describe('files of the index that lost different commits', () => {
  for (const lost of ['days', 'main'] as const) {
    test(`are filled again where ${lost === 'days' ? 'those of the days' : 'the main file'} lost the newest`, async () => {
      const { lane, half, earlier, later } = await twoMoments(lost);
      copy(lost, earlier, later);
      const index = openIndex({ path: join(later, 'index.sqlite'), lane });
      assert.equal(await index.index.cursor(LANE), half);
      await index.happen();
      assert.deepEqual(await contents(index), await fromLog(lane));
      await index.close();
    });
  }
});

describe('files of the index that somebody took away', () => {
  const taken: readonly (readonly [name: string, paths: readonly string[]])[] = [
    ['all of them', ['index.sqlite', 'index']],
    ['the main file', ['index.sqlite']],
    ['the files of all days', ['index']],
    ['the file of one day', ['index/2026-01-16.sqlite']],
  ];
  for (const [name, paths] of taken) {
    test(`are filled from the logs: ${name}`, async () => {
      const folder = mkdtempSync(join(root, 'taken-'));
      const path = join(folder, 'index.sqlite');
      const lane = arrayLog();
      const index = openIndex({ path, lane });
      await index.happen(...Array.from({ length: 30 }, (_, n) => life(n)).flat());
      await index.close();
      for (const each of paths)
        for (const suffix of suffixes) rmSync(join(folder, each + suffix), { recursive: true, force: true });
      const again = openIndex({ path, lane });
      await again.happen();
      assert.deepEqual(await contents(again), await fromLog(lane));
      await again.close();
    });
  }
});

test('an index of an older release is emptied, and filled from the logs', async () => {
  const path = join(mkdtempSync(join(root, 'old-')), 'index.sqlite');
  const old = new Database(path);
  old.exec(`CREATE TABLE cursor (log INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
    INSERT INTO cursor VALUES (1, 99);
    CREATE TABLE message (number INTEGER PRIMARY KEY, id BLOB);
    CREATE INDEX message_by_id ON message (id);`);
  old.pragma('user_version = 4');
  old.close();
  const index = openIndex({ path });
  const of = message();
  await index.happen(accepted(of), bounced(of));
  assert.equal((await index.activity.searchBounces({ serverId: OURS, count: 1, offset: 0 })).total, 1);
  await index.close();
});
