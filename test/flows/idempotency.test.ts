// An `Idempotency-Key` outlives the process: the answer is the same after a kill, and nothing is sent twice.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import {
  eventually,
  SENDER_DOMAIN,
  SERVER_TOKEN,
  startInstallation,
  type Installation,
} from '../support/installation.ts';

const MESSAGE = { From: `ann@${SENDER_DOMAIN}`, To: 'bob@example.net', TextBody: 'Hello.' };

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function send({ http }: Installation, key: string, body: unknown, path = '/email'): Promise<Answered> {
  const answer = await fetch(`${http}${path}`, {
    method: 'POST',
    headers: { 'X-Postmark-Server-Token': SERVER_TOKEN, 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, text: await answer.text() };
}

/** As if the process had died between the acceptance and the keeping of its answer. */
function forgetAnswer(data: string, key: string): void {
  const answers = new Database(join(data, 'answers.sqlite'));
  const { changes } = answers.prepare('update answer set status = null, body = null where key = ?').run(key);
  answers.close();
  assert.equal(changes, 1);
}

function field(name: string, { text }: Answered): unknown {
  return (JSON.parse(text) as Record<string, unknown>)[name];
}

async function captured(installation: Installation): Promise<number> {
  const { body } = await installation.api('GET', '/capture');
  return (body as { TotalCount: number }).TotalCount;
}

test('a request is answered once, across kills, also where its answer was never kept', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-keys-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const first = await startInstallation({ data });
  const answer = await send(first, 'order 17', MESSAGE);
  const lost = await send(first, 'order 18', { ...MESSAGE, Subject: 'Lost' });
  assert.deepEqual([answer.status, lost.status], [200, 200]);
  await eventually('both messages', async () => ((await captured(first)) === 2 ? true : undefined));
  await first.kill();

  forgetAnswer(data, 'order 18');
  const second = await startInstallation({ data });
  t.after(() => second.stop());
  assert.deepEqual(await send(second, 'order 17', MESSAGE), answer);
  assert.equal((await send(second, 'order 17', { ...MESSAGE, Subject: 'Other' })).status, 409);
  const again = await send(second, 'order 18', { ...MESSAGE, Subject: 'Lost' });
  assert.deepEqual([again.status, field('MessageID', again)], [200, field('MessageID', lost)]);
  const after = await send(second, 'order 19', MESSAGE);
  await eventually('the third message', async () => ((await captured(second)) >= 3 ? true : undefined));
  assert.equal(after.status, 200);
  assert.equal(await captured(second), 3);
});

test('a bulk request is kept once, across kills, also where its answer was never kept', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-keys-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const bulk = (subject: string): unknown => ({
    From: MESSAGE.From,
    Subject: subject,
    // More than is hashed at a stretch.
    HtmlBody: `<p>${'news '.repeat(200_000)}</p>`,
    Messages: [{ To: 'bob@example.net' }, { To: 'cy@example.net' }],
  });
  const first = await startInstallation({ data });
  t.after(() => first.kill());
  const [one, twin] = await Promise.all([1, 2].map(() => send(first, 'news 1', bulk('One'), '/email/bulk')));
  assert.deepEqual([one?.status, twin], [200, one]);
  const lost = await send(first, 'news 2', bulk('Two'), '/email/bulk');
  await first.kill();
  forgetAnswer(data, 'news 2');

  const second = await startInstallation({ data });
  t.after(() => second.kill());
  assert.deepEqual(await send(second, 'news 1', bulk('One'), '/email/bulk'), one);
  assert.equal((await send(second, 'news 1', bulk('Other'), '/email/bulk')).status, 409);
  const again = await send(second, 'news 2', bulk('Two'), '/email/bulk');
  assert.deepEqual([again.status, field('Id', again)], [200, field('Id', lost)]);
  const { body } = await second.api('GET', '/email/bulk');
  assert.equal(body.Requests.length, 2);
  await eventually('all messages', async () => ((await captured(second)) >= 4 ? true : undefined));
  assert.equal(await second.stop(), 0);
});
