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

async function send({ http }: Installation, key: string, body: unknown): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${http}/email`, {
    method: 'POST',
    headers: { 'X-Postmark-Server-Token': SERVER_TOKEN, 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, text: await answer.text() };
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

  // As if the process had died between the acceptance and the keeping of its answer.
  const answers = new Database(join(data, 'answers.sqlite'));
  answers.prepare("update answer set status = null, body = null where key = 'order 18'").run();
  answers.close();

  const second = await startInstallation({ data });
  t.after(() => second.stop());
  assert.deepEqual(await send(second, 'order 17', MESSAGE), answer);
  assert.equal((await send(second, 'order 17', { ...MESSAGE, Subject: 'Other' })).status, 409);
  const again = await send(second, 'order 18', { ...MESSAGE, Subject: 'Lost' });
  const idOf = (text: string): unknown => (JSON.parse(text) as { MessageID: string }).MessageID;
  assert.deepEqual([again.status, idOf(again.text)], [200, idOf(lost.text)]);
  const after = await send(second, 'order 19', MESSAGE);
  await eventually('the third message', async () => ((await captured(second)) >= 3 ? true : undefined));
  assert.equal(after.status, 200);
  assert.equal(await captured(second), 3);
});
