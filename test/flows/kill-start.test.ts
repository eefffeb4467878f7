// Killed while it starts: the first start is finished by the next one, and a start with mail to deliver comes up.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { allArrived, checkActivity } from '../support/delivery-proof.ts';
import { directWorld, LOAD_DOMAINS } from '../support/direct-delivery.ts';
import {
  eventually,
  SENDER_DOMAIN,
  startInstallation,
  testSettings,
  type Installation,
} from '../support/installation.ts';
import { newBook, startLoad } from '../support/submit-load.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main/main.ts');

/** What a start makes, in its order: each time the process is killed as soon as the next one is there. */
const MADE = [
  'secret.key',
  'control.sqlite',
  'control.sqlite-wal',
  'front.sqlite',
  'lanes/transactional.sqlite',
  'activity.sqlite',
  'tls.key.pem',
];

async function startUntil(made: string, data: string): Promise<void> {
  const child = spawn(process.execPath, [MAIN, 'start'], {
    cwd: data,
    env: {
      ...process.env,
      ...testSettings(data),
    },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await eventually(
    `${made} or an end`,
    async () => (existsSync(join(data, made)) || child.exitCode !== null ? true : undefined),
    30_000,
  );
  assert.equal(child.exitCode, null, `the start ended before it was killed at ${made}`);
  child.kill('SIGKILL');
  await ended;
}

test('a first start that is killed at every step is finished by the next one', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  let running: Installation | undefined;
  t.after(async () => {
    await running?.kill();
    rmSync(data, { recursive: true, force: true });
  });
  for (const made of MADE) await startUntil(made, data);
  const installation = (running = await startInstallation({ data }));
  const sent = await installation.send({ From: `a@${SENDER_DOMAIN}`, To: 'you@example.com', TextBody: 'x' });
  assert.equal(sent.body.Message, 'OK', JSON.stringify(sent.body));
  const captured = await eventually('the message in the capture', async () => {
    const answer = await installation.api('GET', `/capture/${sent.body.MessageID}`);
    return answer.status === 200 ? answer.body : undefined;
  });
  assert.match(captured.Source, /^DKIM-Signature: .*d=sender\.test;/ms);
  assert.equal((await installation.api('GET', '/capture', { account: true })).status, 200);
  assert.equal(await installation.stop(), 0);
});

test('a start with a backlog comes up while its lanes already deliver', async (t) => {
  const { sink, start } = await directWorld(t);
  const book = newBook();
  sink.hold();
  const first = await start();
  const load = startLoad(first, book, { domains: LOAD_DOMAINS });
  await load.accepted(100);
  await first.kill();
  await load.stop();
  assert.equal(sink.recipients, 0);
  sink.release();
  const second = await start();
  await eventually('the backlog at the sink', async () => (allArrived(book, sink) ? true : undefined), 30_000);
  assert.deepEqual(await checkActivity({ http: second.http, book, deadlineMs: 20_000 }), []);
  assert.equal(await second.stop(), 0);
});
