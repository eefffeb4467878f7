// A thread dies alone: a lane's, or that of the activity. The process here is the test's own, so that a thread can be
// ended without a door for it in the product: node tells of every thread that is made.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { ownFile } from '../../src/backends/sqlite/owner-lock.ts';
import { startBulkhead } from '../../src/main/compose.ts';
import { readConfig } from '../../src/main/config.ts';
import { allArrived, checkActivity, prove } from '../support/delivery-proof.ts';
import { directSettings, LOAD_DOMAINS, startLoadZone } from '../support/direct-delivery.ts';
import { eventually, testSettings } from '../support/installation.ts';
import { startRecordingSink, type RecordingSink } from '../support/recording-sink.ts';
import { newBook, startLoad, type Doors, type Stream } from '../support/submit-load.ts';

interface Composed extends Doors {
  readonly data: string;
  readonly sink: RecordingSink;
  /** The thread that runs now under that name. */
  thread(name: string): Worker;
  health(): Promise<{ readonly status: number; readonly missing: readonly string[] }>;
}

async function compose(t: TestContext): Promise<Composed> {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  const [sink, dns] = await Promise.all([startRecordingSink(), startLoadZone()]);
  const threads = new Map<string, Worker>();
  const remember = (worker: Worker): void => {
    threads.set(worker.threadName ?? '', worker);
    // Whatever its predecessor had sent is at the sink by now.
    sink.nextPhase();
  };
  process.on('worker', remember);
  const running = await startBulkhead(configured(data, directSettings(dns, sink)));
  t.after(async () => {
    await running.stop(10_000);
    process.off('worker', remember);
    await Promise.all([sink.close(), dns.close()]);
    rmSync(data, { recursive: true, force: true });
  });
  const { addresses } = await running.facts();
  const portOf = (kind: string): number =>
    Number(/:(\d+)$/.exec(addresses.smtp.find((item) => item.kind === kind)?.address ?? '')?.[1]);
  const http = addresses.http[0] ?? '';
  return {
    data,
    sink,
    http,
    smtpPort: portOf('transactional'),
    broadcastPort: portOf('broadcast'),
    thread: (name) => threads.get(name) ?? assert.fail(`no thread ${name} among ${[...threads.keys()].join(', ')}`),
    async health() {
      const answer = await fetch(`${http}/health`);
      const { Roles } = (await answer.json()) as { Roles: { Name: string; Ready: boolean }[] };
      return { status: answer.status, missing: Roles.filter(({ Ready }) => !Ready).map(({ Name }) => Name) };
    },
  };
}

function configured(data: string, env: Record<string, string>): Parameters<typeof startBulkhead>[0] {
  const read = readConfig({
    env: {
      ...testSettings(data),
      BULKHEAD_LOG: 'silent',
      ...env,
    },
    folder: data,
  });
  assert.ok('config' in read, JSON.stringify(read));
  return read.config;
}

async function end(thread: Worker): Promise<void> {
  const gone = once(thread, 'exit');
  await thread.terminate();
  await gone;
}

async function untilReady(bulkhead: Composed): Promise<void> {
  await eventually(
    'every role to be ready again',
    async () => ((await bulkhead.health()).status === 200 ? true : undefined),
    30_000,
  );
}

test('threads that die under load are replaced: every client is answered, nothing is lost or sent twice beyond what was in flight', async (t) => {
  const bulkhead = await compose(t);
  const { sink, http } = bulkhead;
  const book = newBook();
  const load = startLoad(bulkhead, book, { domains: LOAD_DOMAINS, senders: 1 });
  for (const name of ['lane broadcast', 'lane transactional', 'activity', 'lane broadcast']) {
    await load.accepted(book.accepted + 100);
    await end(bulkhead.thread(name));
    await untilReady(bulkhead);
  }
  await load.accepted(book.accepted + 100);
  await load.stop();
  await eventually('everything to arrive', async () => (allArrived(book, sink) ? true : undefined), 60_000);
  const activity = await checkActivity({ http, book, deadlineMs: 30_000 });
  const { lost, unexplained, broken, refused, unanswered, duplicates, accepted } = prove(book, sink);
  t.diagnostic(`${accepted} accepted, ${duplicates.length} duplicates`);
  assert.deepEqual({ lost, unexplained, broken, activity }, { lost: [], unexplained: [], broken: [], activity: [] });
  assert.deepEqual({ refused, unanswered }, { refused: 0, unanswered: 0 });
});

test('while one lane has no thread the other works on, and what waits for the dead one is handed to its successor', async (t) => {
  const bulkhead = await compose(t);
  const { sink, http, data } = bulkhead;
  const book = newBook();
  const arrived = async (): Promise<true | undefined> => (allArrived(book, sink) ? true : undefined);
  const on = (stream: Stream): ReturnType<typeof startLoad> =>
    startLoad(bulkhead, book, { domains: LOAD_DOMAINS, streams: [stream], senders: 1 });

  await end(bulkhead.thread('lane broadcast'));
  // Keeps successors from taking the lane over for as long as the test looks at the gap.
  const release = ownFile(join(data, 'lanes/broadcast.sqlite'), 5000);
  const broadcast = on('broadcast');
  const transactional = on('outbound');
  await transactional.accepted(100);
  await transactional.stop();
  await eventually('the transactional mail at the sink', arrived, 30_000);
  const during = await bulkhead.health();
  const waiting = book.submissions.filter(({ stream }) => stream === 'broadcast');
  release();

  assert.deepEqual(during, { status: 503, missing: ['lane broadcast'] });
  assert.ok(waiting.length > 0 && waiting.every(({ answer }) => answer === 'unanswered'), 'broadcasts were waiting');
  await untilReady(bulkhead);
  await broadcast.accepted(waiting.length);
  await broadcast.stop();
  assert.ok(
    waiting.every(({ answer }) => answer === 'accepted'),
    'what had waited was accepted by the successor',
  );
  await eventually('the broadcasts at the sink', arrived, 30_000);
  assert.deepEqual(await checkActivity({ http, book, deadlineMs: 30_000 }), []);
  const { duplicates, refused, unanswered } = prove(book, sink);
  assert.deepEqual({ duplicates, refused, unanswered }, { duplicates: [], refused: 0, unanswered: 0 });
});
