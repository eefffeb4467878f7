// Heavy work on templates seen from the accepting thread: an answer, or a refusal that says to try again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallLost, type Calls } from '../../src/backends/lanes/calls.ts';
import { heavyTemplatesOn } from '../../src/backends/lanes/heavy-templates-client.ts';
import type { ServerId } from '../../src/lib/ids.ts';

const SERVER = 1 as ServerId;
const JOB = { serverId: SERVER, ref: { id: 1 }, model: {}, inlineCss: false };
const TRIAL = { htmlBody: 'x', testModel: {}, inlineCss: false };
const CHECK = { type: 'Standard', texts: { subject: 's', htmlBody: 'x', textBody: undefined } } as const;

function client(call: Calls['call'], isReady = true) {
  const calls = { call, receive: () => undefined, lost: () => undefined };
  return heavyTemplatesOn({ calls, whenReady: async () => isReady, deadlineMs: 1000 });
}

test('what the thread says is the answer', async () => {
  const asked: unknown[] = [];
  const heavy = client(async (method, args) => {
    asked.push([method, args]);
    return method === 'check' ? undefined : { kind: 'rendered', subject: 'x' };
  });
  assert.deepEqual(await heavy.render(JOB), { kind: 'rendered', subject: 'x' });
  assert.equal(await heavy.check(SERVER, CHECK), undefined);
  assert.deepEqual(asked, [
    ['render', [JOB]],
    ['check', [SERVER, CHECK]],
  ]);
});

for (const [what, heavy] of [
  ['is lost', client(() => Promise.reject(new CallLost('gone')))],
  ['does not come up', client(() => Promise.resolve('never asked'), false)],
] as const) {
  test(`where the thread ${what} everything is refused with 503 for now`, async () => {
    const [rendered, tried] = await Promise.all([heavy.render(JOB), heavy.try(SERVER, TRIAL)]);
    const errors = [rendered, tried].map((answer) => (answer.kind === 'refused' ? answer.error : undefined));
    for (const error of [...errors, await heavy.check(SERVER, CHECK)]) assert.equal(error?.status, 503);
  });
}

test('one server can have so many waiting and no more, and leaves room for others', async () => {
  const gate = Promise.withResolvers<void>();
  const heavy = client(async () => {
    await gate.promise;
    return { kind: 'rendered' };
  });
  const jobs = Array.from({ length: 300 }, () => heavy.render(JOB));
  const other = heavy.render({ ...JOB, serverId: 2 as ServerId });
  gate.resolve();
  const refused = (await Promise.all(jobs)).filter(({ kind }) => kind === 'refused');
  assert.ok(refused.length > 0 && refused.length < 100, String(refused.length));
  assert.equal((await other).kind, 'rendered');
});
