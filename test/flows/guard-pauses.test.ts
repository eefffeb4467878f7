// A list with dead addresses: its stream is paused and says why, everything else goes on, a person lets it flow again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { LEAST, guardedWorld, untilHeld, untilQueued } from '../support/guarded-world.ts';
import { eventually } from '../support/installation.ts';

interface StreamJson {
  readonly ServerID: number;
  readonly Verdict: string;
  readonly Since: string | null;
  readonly Rates: readonly { readonly Measure: string; readonly Count: number }[];
}

/** What lanes promise: from then on nothing of a paused stream is begun. There is nothing to be seen of it but time. */
const OBEYED_WITHIN_MS = 1000;

test('a broadcast list of nobodies pauses that stream only, until a person resumes it', async (t) => {
  const world = await guardedWorld(t);
  await world.send(LEAST, 'bad.test');
  const hold = await untilHeld(world);
  assert.match(hold.Reason, /^Hard bounces are 100 % \(20 of 20 recipients in the last 24 hours\)/);
  assert.match(hold.Reason, /'bulkhead stream resume 1 broadcast'$/);
  // The hold is seen before its line, which comes from another thread.
  await eventually('the line in the log', async () =>
    /a guard has paused a stream/.test(world.now().output()) ? true : undefined,
  );

  // Accepted as ever, and kept.
  await pause(OBEYED_WITHIN_MS);
  await world.send(30, 'good.test');
  await world.send(30, 'good.test', { stream: 'outbound' });
  await world.send(30, 'good.test', { token: world.otherToken });
  await eventually(
    'mail of the transactional stream and of the other server',
    async () => world.good.messages.length >= 60 || undefined,
  );
  await untilQueued(world, 'broadcast', 30);
  assert.equal(world.good.messages.length, 60, 'nothing of the paused stream has left');

  const listed = await world.bulkhead('stream', 'list');
  assert.match(listed, /broadcast: broadcast.*\n\s+PAUSED by its guard .*: Hard bounces are 100 %/);
  const status = await world.bulkhead('status');
  assert.match(status, /PAUSED: stream broadcast of server 1, by its guard since/);
  const metrics = await world.now().api('GET', '/metrics', { account: true });
  assert.match(metrics.body, /bulkhead_held_streams\{by="guard"\} 1/);
  assert.match(metrics.body, /bulkhead_guard_streams\{verdict="stop"\} 1/);

  assert.match(await world.bulkhead('stream', 'resume', '1', 'broadcast'), /is resumed/);
  await untilQueued(world, 'broadcast', 0);
  assert.equal(world.good.messages.length, 90);
  assert.deepEqual(await world.holds(), [], 'what is known pauses it no second time');
  const counted = await eventually('the guard to count anew', async () => {
    const { body } = await world.now().api('GET', '/guards', { account: true });
    return (body.Streams as StreamJson[]).find(
      (one) => one.ServerID === 1 && one.Verdict === 'Fine' && one.Since !== null,
    );
  });
  const bounces = counted.Rates.filter(({ Measure }) => Measure === 'HardBounces');
  assert.ok(bounces.every(({ Count }) => Count === 0));
});

for (const how of ['stop', 'kill'] as const) {
  test(`a hold and the counts survive a ${how === 'kill' ? 'kill -9' : 'restart'}`, async (t) => {
    const world = await guardedWorld(t);
    await world.send(LEAST / 2, 'bad.test');
    const bounced = async (): Promise<number> => {
      const { body } = await world.now().api('GET', '/guards', { account: true });
      const rates = (body.Streams[0]?.Rates ?? []) as Record<string, unknown>[];
      const found = rates.find((rate) => rate['Provider'] === 'all' && rate['Measure'] === 'HardBounces');
      return Number(found?.['Count'] ?? 0);
    };
    await eventually('the first bounces to be counted', async () => (await bounced()) === LEAST / 2 || undefined);
    await world.restart(how);
    await eventually('the counts to be back', async () => (await bounced()) === LEAST / 2 || undefined);
    assert.deepEqual(await world.holds(), []);
    await world.send(LEAST / 2, 'bad.test');
    assert.match((await untilHeld(world)).Reason, /20 of 20 recipients/, 'each is counted once');

    await world.restart(how);
    assert.equal((await world.holds()).length, 1);
    await world.send(5, 'good.test');
    await world.send(5, 'good.test', { stream: 'outbound' });
    await eventually('the transactional mail', async () => world.good.messages.length >= 5 || undefined);
    await untilQueued(world, 'broadcast', 5);
    assert.equal(world.good.messages.length, 5);
  });
}

test('a stream is paused and resumed by hand, over the API too', async (t) => {
  const world = await guardedWorld(t);
  assert.match(
    await world.bulkhead('stream', 'pause', '1', 'outbound', '--reason', 'move to another pool'),
    /is paused/,
  );
  await assert.rejects(world.bulkhead('stream', 'pause', '1', 'news'), /does not exist/);
  await assert.rejects(world.bulkhead('stream', 'resume', '1', 'broadcast'), /is not paused/);
  assert.equal((await world.holds())[0]?.Reason, 'move to another pool');
  await pause(OBEYED_WITHIN_MS);
  await world.send(3, 'good.test', { stream: 'outbound' });
  await world.send(3, 'good.test');
  await eventually('the other stream', async () => world.good.messages.length >= 3 || undefined);
  await untilQueued(world, 'outbound', 3);
  assert.equal(world.good.messages.length, 3);
  const answer = await world.now().api('DELETE', '/holds/1/outbound', { account: true });
  assert.equal(answer.body.ErrorCode, 0);
  await untilQueued(world, 'outbound', 0);
  assert.equal(world.good.messages.length, 6);
});
