// The disk is full to the last block: the process lives on and answers, nothing accepted is lost, and everything goes on
// when there is room again. A start without room says so.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { allArrived, checkActivity, prove } from '../support/delivery-proof.ts';
import { directSettings, LOAD_DOMAINS, startLoadZone } from '../support/direct-delivery.ts';
import { eventually, startInstallation, type Installation } from '../support/installation.ts';
import { untilEmpty } from '../support/kill-rounds.ts';
import { startRecordingSink } from '../support/recording-sink.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { newBook, startLoad, type Submission } from '../support/submit-load.ts';

const DISK_MB = 160;
/** Less than the lanes leave free, and enough for everything else. */
const ALMOST_FULL = 30_000_000;
const disk = mountSmallDisk(DISK_MB);

const FILES = ['lanes/transactional.sqlite', 'lanes/broadcast.sqlite', 'activity.sqlite'];

/** Empties a WAL, so that what is written next needs new room. */
async function cutLog(file: string): Promise<void> {
  const db = new Database(file, { fileMustExist: true });
  await eventually(`the WAL of ${file} to be cut`, async () => {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    return result?.busy === 0 || undefined;
  });
  db.close();
}

test(
  'on a full disk nothing accepted is lost and nothing crashes, and with room again all goes on without a restart',
  {
    skip: disk === undefined ? 'a file system cannot be mounted here' : false,
  },
  async (t) => {
    if (disk === undefined) return;
    const data = join(disk.folder, 'data');
    mkdirSync(data);
    const [sink, dns] = await Promise.all([startRecordingSink(), startLoadZone()]);
    let running: Installation | undefined;
    t.after(async () => {
      await running?.kill();
      await Promise.all([sink.close(), dns.close()]);
      disk.remove();
    });
    const env = directSettings(dns, sink);
    const bulkhead = (running = await startInstallation({ data, env }));
    const book = newBook();
    const arrived = async (): Promise<true | undefined> => allArrived(book, sink) || undefined;
    /** Submits at every door until there are refusals, and looks at their words. */
    const beRefused = async (): Promise<void> => {
      const before = book.submissions.length;
      const load = startLoad(bulkhead, book, { domains: LOAD_DOMAINS, senders: 1 });
      const refusals = (via: 'smtp' | 'http'): Submission[] =>
        book.submissions.slice(before).filter((item) => item.via === via && item.answer === 'refused');
      await eventually(
        'refusals at both doors',
        async () => (refusals('smtp').length > 0 && refusals('http').length > 0) || undefined,
      );
      await load.stop();
      for (const { said } of refusals('smtp')) assert.match(said, /^452 4\.3\.1 /);
      for (const { said } of refusals('http')) {
        assert.match(said, /"ErrorCode":100\b/);
        assert.match(said, /"status":503\b/);
      }
    };

    sink.hold();
    const load = startLoad(bulkhead, book, { domains: LOAD_DOMAINS });
    await load.accepted(300);
    await load.stop();
    disk.fill(ALMOST_FULL);
    await beRefused();

    for (const file of FILES) await cutLog(join(data, file));
    disk.fill(0);
    sink.release();
    // What the sink has put off cannot be written down, and waits for room.
    await eventually(
      'what was accepted at the sink, though the disk is full',
      async () => prove(book, sink).lost.every((to) => to.startsWith('later-')) || undefined,
      20_000,
    );
    await beRefused();
    const wrongToken = await bulkhead.api('POST', '/email', { body: {}, token: 'x' });
    assert.equal(wrongToken.status, 401);

    assert.match(bulkhead.output(), /settling failed/, 'the disk was full enough');

    disk.empty();
    await untilEmpty(bulkhead, 60_000);
    const again = startLoad(bulkhead, book, { domains: LOAD_DOMAINS });
    const before = book.submissions.length;
    await again.accepted(100);
    await again.stop();
    await eventually('the rest at the sink', arrived, 60_000);
    assert.ok(book.submissions.slice(before).every(({ answer }) => answer === 'accepted'));
    assert.deepEqual(await checkActivity({ http: bulkhead.http, book, deadlineMs: 60_000 }), []);
    const { lost, duplicates, kept, broken, unanswered } = prove(book, sink);
    assert.deepEqual({ lost, duplicates, kept, broken }, { lost: [], duplicates: [], kept: [], broken: [] });
    assert.equal(unanswered, 0);
    assert.equal(await bulkhead.stop(), 0);

    disk.fill(0);
    await assert.rejects(startInstallation({ data, env }), /ended with 1: .*cannot start: .*is its disk full\?/s);
    disk.empty();
    running = await startInstallation({ data, env });
    assert.equal((await running.api('GET', '/health')).status, 200);
  },
);
