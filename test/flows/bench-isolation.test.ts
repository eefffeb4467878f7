// The isolation bench measures what is there: a far side's delay is seen by the probe, its refusals and traps do what
// they say, and a small whole run goes through. What the figures are is no matter here.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { figuresOf } from '../../bench/isolation/figures.ts';
import { runProbe, runSmtpLoad } from '../../bench/load/run-load.ts';
import { isSilent, startBlackHole } from '../../bench/sink/start-black-hole.ts';
import { startSink, type Sink } from '../../bench/sink/start-sink.ts';
import { nowMicros } from '../../bench/system/clock.ts';
import { openScope, type Scope } from '../../bench/system/scope.ts';
import { freePort } from '../../bench/system/wait.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DELAY_MS = 250;

test('the probe sees a delay of the far side in every message, and sends on time all the same', async (t) => {
  const { scope, sink } = await sinkIn(t);
  await sink.mode({ dotDelayMs: DELAY_MS });
  const messages = 8;
  const interval = 50;
  const report = await runProbe(scope, { port: sink.port, messages, interval });
  const arrivals = await sink.arrivals(0, messages);
  const { samples, delivery } = figuresOf(
    report.openedAt.map((openedAt, place) => ({
      openedAt,
      mailFromAt: report.mailFromAt[place] ?? 0,
      acceptedAt: report.acceptedAt[place] ?? 0,
      arrivedAt: arrivals[place] ?? 0,
    })),
  );
  assert.equal(samples, messages);
  assert.ok(delivery.p50 >= DELAY_MS - 1, `p50 ${delivery.p50}`);
  assert.ok(delivery.p50 < DELAY_MS + 1000, `p50 ${delivery.p50}`);
  const last = ((report.openedAt.at(-1) ?? 0) - (report.openedAt[0] ?? 0)) / 1000;
  assert.ok(
    last < (messages - 1) * interval + report.behindMs + 1,
    'the next is sent before the one before is answered',
  );
});

test('what the server refuses is counted, with its words', async (t) => {
  const { scope, sink } = await sinkIn(t);
  await sink.mode({ refuseAfterMs: 30 });
  const before = nowMicros();
  const report = await runProbe(scope, { port: sink.port, messages: 3, interval: 1 });
  assert.ok(nowMicros() - before > 30_000);
  assert.equal(report.refused, 3);
  assert.deepEqual(report.acceptedAt, [0, 0, 0]);
  const at = report.reasons.map((reason) => /^421 .* \(in (greeting|envelope)\)$/.exec(reason)?.[1]);
  assert.deepEqual(new Set(at), new Set(['greeting', 'envelope']));
});

test('a tarpit answers byte by byte, and what is held back is let go when the mode changes', async (t) => {
  const { scope, sink } = await sinkIn(t);
  await sink.mode({ byteDelayMs: 2 });
  const slow = await runSmtpLoad(scope, { port: sink.port, messages: 1, sessions: 1 });
  // Greeting, capabilities and the replies of one message are far more than 200 bytes.
  assert.ok(slow.seconds > 0.3, `${slow.seconds} s`);
  await sink.mode({ dotDelayMs: 600_000 });
  const held = runSmtpLoad(scope, { port: sink.port, messages: 1, sessions: 1, 'first-id': 1, deadline: 60 });
  const stirring = setInterval(() => void sink.mode({ dotDelayMs: 600_000 }), 50);
  t.after(() => clearInterval(stirring));
  assert.equal((await held).accepted, 1);
});

test('the sink tells from which address messages came', async (t) => {
  const { scope, sink } = await sinkIn(t);
  await runSmtpLoad(scope, { port: sink.port, messages: 3, sessions: 1 });
  assert.deepEqual((await sink.count()).peers, { '127.0.0.1': 3 });
});

test('a black hole swallows connections', async (t) => {
  const scope = scopeOf(t);
  const port = await freePort();
  await startBlackHole(scope, { hosts: ['127.0.0.1'], port });
  assert.equal(await isSilent('127.0.0.1', port), true);
  assert.equal(await isSilent('127.0.0.1', await freePort()), false);
});

test('a small run on Bulkhead goes through and reports', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'bench/isolation.ts'), '--quick', '--peers', 'bulkhead', '--scenarios', 'a'],
    { timeout: 60_000 },
  );
  const row = stdout.split('\n').find((line) => line.startsWith('| a: a flood to a healthy sink'));
  const cells = row?.split('|').map((cell) => cell.trim()) ?? [];
  const [lost, refused, , wrong] = cells.slice(10, 14);
  assert.deepEqual(
    { peer: cells[2], phase: cells[3], lost, refused, wrong },
    { peer: 'bulkhead', phase: 'accepting', lost: '0', refused: '0', wrong: '0' },
  );
  assert.doesNotMatch(stdout, /Not measured/);
});

function scopeOf(t: TestContext): Scope {
  const scope = openScope();
  t.after(() => scope.close());
  return scope;
}

async function sinkIn(t: TestContext): Promise<{ scope: Scope; sink: Sink }> {
  const scope = scopeOf(t);
  return { scope, sink: await startSink(scope) };
}
