// How many deliveries of a site wait in memory, and when the others come back.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { putOff, roomFor } from '../../src/domain/pacing/room.ts';
import { SitePace } from '../../src/domain/pacing/site-pace.ts';
import { paceTuning } from '../../src/domain/pacing/tuning.ts';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import { DEFAULT_LIMITS } from '../../src/domain/shaping/providers.ts';

const START = 1_000_000;
const CALM = { size: 1000, pressed: false };
const PRESSED = { size: 1000, pressed: true };

function pace(latencyMs?: number): SitePace {
  const made = new SitePace({ ...DEFAULT_LIMITS, connections: 20 }, START, {
    tuning: paceTuning(DEFAULT_RETRY),
    random: () => 0.5,
  });
  if (latencyMs === undefined) return made;
  for (let i = 0; i < 20; i += 1) {
    made.started(START);
    made.ended({ kind: 'ok' }, START, START + latencyMs);
  }
  return made;
}

function unreachable(): SitePace {
  const made = pace(100);
  for (let i = 1; i <= 3; i += 1) {
    made.started(START + i * 1000);
    const reason = 'connection refused';
    const rest = { rule: undefined, pauseMs: undefined, perMinute: undefined };
    made.ended({ kind: 'unreachable', reason, ...rest }, START + i * 1000, START + i * 1000);
  }
  return made;
}

describe('room in memory', () => {
  test('a new site is taken for a quick one, until half a second passes without an answer', () => {
    const made = pace();
    assert.equal(roomFor(made, START, CALM), Infinity);
    made.started(START);
    made.waited(400);
    assert.equal(roomFor(made, START + 400, CALM), Infinity);
    made.waited(600);
    assert.equal(roomFor(made, START + 1000, CALM), 40);
    made.waited(9000);
    assert.equal(roomFor(made, START + 10_000, CALM), 32);
  });

  test('a quick site may fill the window: nothing is put off that is sent within two seconds', () => {
    assert.ok(roomFor(pace(20), START + 100, PRESSED) >= 1000);
  });

  test('a site that is slowed down by our own lack of processor time still fills its part of the window', () => {
    assert.ok(roomFor(pace(900), START + 1000, PRESSED) >= 250);
  });

  test('a slow site has a few rounds, and one round when others wait', () => {
    const made = pace(5000);
    assert.equal(roomFor(made, START + 6000, CALM), 32);
    assert.equal(roomFor(made, START + 6000, PRESSED), 8);
  });

  test('never more than a quarter of a small window', () => {
    assert.equal(roomFor(pace(5000), START + 6000, { size: 40, pressed: false }), 10);
  });

  test('a site that is not tried for long has none', () => {
    const made = unreachable();
    assert.equal(made.view(START + 3000).state, 'unreachable');
    assert.equal(roomFor(made, START + 3000, CALM), 0);
    assert.ok(roomFor(made, START + 62_000, CALM) > 0, 'when the pause is nearly over');
  });
});

describe('putting off', () => {
  test('each comes back when its turn is likely, a little early, up to ten minutes ahead', () => {
    const made = pace(2000);
    const now = START + 3000;
    const clock = { nextAt: 0 };
    const times = Array.from({ length: 10_000 }, () =>
      putOff(clock, { pace: made, now, ahead: 32, lines: 1, random: () => 0.5 }),
    );
    const each = (made.serviceMs() ?? 0) * 0.5;
    assert.ok(Math.abs((times[1000] ?? 0) - (now + 1032 * each)) < 1000);
    assert.ok(times.every((at) => at > now && at <= now + 601_000));
    assert.ok(times.slice(0, 5000).every((at, index) => index === 0 || at >= (times[index - 1] ?? 0)));
  });

  test('what lies beyond is spread and does not come in one moment', () => {
    const clock = { nextAt: 0 };
    let seed = 0;
    const random = (): number => (seed = (seed * 16807 + 7) % 2147483647) / 2147483647;
    const times = Array.from({ length: 5000 }, () =>
      putOff(clock, { pace: pace(60_000), now: START + 61_000, ahead: 0, lines: 1, random }),
    ).slice(1000);
    const perMinute = Map.groupBy(times, (at) => Math.floor(at / 60_000));
    assert.ok(Math.max(...[...perMinute.values()].map((some) => some.length)) < 1500);
  });

  test('servers that share a site have a clock each: the second does not come behind all of the first', () => {
    const made = pace(2000);
    const now = START + 3000;
    const [one, two] = [{ nextAt: 0 }, { nextAt: 0 }];
    const common = { pace: made, now, ahead: 0, random: () => 0.5 };
    for (let i = 0; i < 5000; i += 1) putOff(one, { ...common, lines: 1 });
    assert.ok(putOff(two, { ...common, lines: 2 }) < now + 2000);
  });

  test('a held site gets them from the end of its pause on', () => {
    const made = unreachable();
    const now = START + 3000;
    const clock = { nextAt: 0 };
    const times = Array.from({ length: 100 }, () =>
      putOff(clock, { pace: made, now, ahead: 0, lines: 1, random: () => 0.5 }),
    );
    const until = made.heldUntil(now);
    assert.ok(times.every((at) => at >= until && at <= until + 600_000));
    assert.ok((times[0] ?? 0) < until + 1000);
  });

  test('while nothing is known it is not far: fifteen seconds', () => {
    const made = pace();
    made.started(START);
    made.waited(5000);
    const clock = { nextAt: 0 };
    for (let i = 0; i < 1000; i += 1) {
      const at = putOff(clock, { pace: made, now: START + 5000, ahead: 0, lines: 1, random: () => 0.99 });
      assert.ok(at <= START + 5000 + 16_000);
    }
  });
});
