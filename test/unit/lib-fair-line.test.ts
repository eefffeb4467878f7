// Work done one at a time: groups take turns, and a bounded number waits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFairLine, type FairLine } from '../../src/lib/fair-line.ts';
import { turns } from '../support/core-fixture.ts';

const BOUNDS = { maxWaiting: 10, maxWaitingOfGroup: 3 };

function enter(line: FairLine, group: number, done: string[], name: string) {
  const gate = Promise.withResolvers<void>();
  const ended = line.enter(group, async () => {
    done.push(name);
    await gate.promise;
    return name;
  });
  return { ended, open: gate.resolve, fail: gate.reject };
}

type Job = ReturnType<typeof enter>;

async function allOf(jobs: readonly Job[]): Promise<readonly unknown[]> {
  for (const { open } of jobs) open();
  const results: unknown[] = [];
  for (const { ended } of jobs) results.push(await ended);
  return results;
}

test('one at a time; a group that brought much waits behind itself, not before others', async () => {
  const line = createFairLine(BOUNDS);
  const done: string[] = [];
  const names = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'];
  const jobs = names.map((name) => enter(line, name.charCodeAt(0), done, name));
  await turns(3);
  assert.deepEqual(done, ['a1']);
  assert.deepEqual(await allOf(jobs), names);
  assert.deepEqual(done, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
  assert.equal(line.waiting, 0);
});

test('too many of a group, and too many in all, are turned away; the next after a failure goes on', async () => {
  const line = createFairLine({ maxWaiting: 4, maxWaitingOfGroup: 3 });
  const done: string[] = [];
  const first = enter(line, 1, done, 'first');
  const rest = [1, 1, 1].map((group) => enter(line, group, done, 'rest'));
  assert.equal(enter(line, 1, done, 'of group').ended, undefined);
  rest.push(enter(line, 2, done, 'rest'));
  assert.equal(enter(line, 3, done, 'in all').ended, undefined);
  first.fail(new Error('no'));
  await assert.rejects(first.ended ?? Promise.resolve());
  await allOf(rest);
  assert.deepEqual(done, ['first', 'rest', 'rest', 'rest', 'rest']);
  const late = enter(line, 1, done, 'late');
  late.open();
  assert.equal(await late.ended, 'late');
});
