// The state machine of a site's pace, by a clock moved by hand: every change from one state to another.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SitePace } from '../../src/domain/pacing/site-pace.ts';
import type { Signal, Trouble } from '../../src/domain/pacing/signal.ts';
import { paceTuning } from '../../src/domain/pacing/tuning.ts';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import { DEFAULT_LIMITS, type SiteLimits } from '../../src/domain/shaping/providers.ts';

const TUNING = paceTuning(DEFAULT_RETRY);
const OK: Signal = { kind: 'ok' };
const SECOND = 1000;

function trouble(kind: Trouble['kind'], change: Partial<Trouble> = {}): Trouble {
  return { kind, reason: `it said ${kind}`, rule: undefined, pauseMs: undefined, perMinute: undefined, ...change };
}

/** A pace with its clock: `go` runs one transaction of `ms`, `round` as many as are allowed at a time. */
class Bench {
  now = 1_000_000;
  readonly pace: SitePace;

  constructor(limits: Partial<SiteLimits> = {}) {
    const all = { ...DEFAULT_LIMITS, connections: 20, ...limits };
    this.pace = new SitePace(all, this.now, { tuning: TUNING, random: () => 0.5 });
  }

  start(): number {
    assert.ok(this.pace.startAt(this.now) <= this.now, 'it may start');
    this.pace.started(this.now);
    return this.now;
  }

  go(signal: Signal, ms = 10): void {
    const at = this.start();
    this.now += ms;
    this.pace.ended(signal, at, this.now);
  }

  round(signal: Signal, ms = 10): number {
    const starts: number[] = [];
    while (this.pace.startAt(this.now) <= this.now) starts.push(this.start());
    this.now += ms;
    for (const at of starts) this.pace.ended(signal, at, this.now);
    return starts.length;
  }

  pauseOver(): void {
    this.now = Math.max(this.now, this.pace.heldUntil(this.now));
  }

  get state(): string {
    return this.pace.view(this.now).state;
  }
}

describe('a new site', () => {
  test('begins with few connections and doubles them in each round, up to the limit', () => {
    const bench = new Bench();
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => bench.round(OK)),
      [4, 8, 16, 20, 20],
    );
    assert.equal(bench.state, 'open');
  });

  test('is not thought to bear more than was tried', () => {
    const bench = new Bench();
    for (let i = 0; i < 50; i += 1) bench.go(OK);
    assert.equal(bench.round(OK), 4);
  });

  test('never has more than its limit, nor less than one', () => {
    assert.equal(new Bench({ connections: 2 }).round(OK), 2);
    assert.equal(new Bench({ connections: 3, first: 1 }).round(OK), 1);
  });
});

describe('throttled', () => {
  test('pauses, goes on with half, and recovers step by step', () => {
    const bench = new Bench();
    for (let i = 0; i < 5; i += 1) bench.round(OK);
    bench.go(trouble('throttled'));
    const view = bench.pace.view(bench.now);
    assert.deepEqual([view.state, view.concurrency, view.reason], ['backing-off', 10, 'it said throttled']);
    assert.equal(view.until, bench.now + TUNING.throttledMs);
    assert.equal(bench.pace.startAt(bench.now), view.until);
    bench.pauseOver();
    assert.equal(bench.state, 'slow');
    assert.equal(bench.round(OK), 10);
    assert.equal(bench.round(OK), 10, 'no more within the time of a step');
    bench.now += TUNING.growEveryMs;
    bench.round(OK);
    assert.equal(bench.round(OK), 11);
  });

  test('what began before is the same trouble', () => {
    const bench = new Bench();
    bench.round(OK);
    assert.equal(bench.round(trouble('throttled')), 8);
    assert.equal(bench.pace.concurrency, 4, 'half of what the round had, once');
  });

  test('again and again doubles the pause up to the longest, and leaves one connection', () => {
    const bench = new Bench();
    const pauses: number[] = [];
    for (let i = 0; i < 14; i += 1) {
      bench.pauseOver();
      bench.go(trouble('throttled'));
      pauses.push(bench.pace.heldUntil(bench.now) - bench.now);
    }
    assert.deepEqual(
      pauses.slice(0, 4),
      [15, 30, 60, 120].map((s) => s * SECOND),
    );
    assert.equal(pauses.at(-1), TUNING.maxPauseMs);
    assert.equal(bench.pace.view(bench.now).concurrency, 1);
  });

  test('a host that bears three is found out, and is asked for a fourth more and more rarely', () => {
    const bench = new Bench();
    const refusals: number[] = [];
    const end = bench.now + 3600 * SECOND;
    let taken = 0;
    while (bench.now < end) {
      bench.pauseOver();
      const starts: number[] = [];
      while (bench.pace.startAt(bench.now) <= bench.now) starts.push(bench.start());
      bench.now += 500;
      starts.forEach((at, place) => {
        if (place >= 3 && place === starts.length - 1) refusals.push(bench.now);
        else taken += 1;
        bench.pace.ended(place < 3 ? OK : trouble('throttled'), at, bench.now);
      });
    }
    assert.ok(refusals.length < 40, `${refusals.length} refusals in an hour`);
    assert.ok(taken > 0.8 * 3 * 2 * 3600, `${taken} taken`);
  });

  test('is forgotten after a time that went well', () => {
    const bench = new Bench();
    bench.go(trouble('throttled'));
    bench.pauseOver();
    for (let i = 0; i < 60 && bench.state !== 'open'; i += 1) {
      bench.now += 10 * SECOND;
      bench.round(OK);
    }
    assert.equal(bench.state, 'open');
    assert.equal(bench.pace.view(bench.now).reason, undefined);
  });

  test('a rule names the pause and imposes a rate, which loosens while it goes well', () => {
    const bench = new Bench();
    bench.go(trouble('throttled', { pauseMs: 600 * SECOND, perMinute: 20 }));
    assert.equal(bench.pace.heldUntil(bench.now), bench.now + 600 * SECOND);
    bench.pauseOver();
    assert.equal(bench.pace.view(bench.now).perMinute, 20);
    let minutes = 0;
    for (; bench.pace.view(bench.now).perMinute !== undefined && minutes < 100; minutes += 1) {
      bench.now += 60 * SECOND;
      bench.go(OK);
    }
    assert.ok(minutes >= 15 && minutes < 40, `${minutes} minutes`);
  });
});

describe('a rate', () => {
  test('is kept evenly, with a small burst', () => {
    const bench = new Bench({ perMinute: 60 });
    const end = bench.now + 60 * SECOND;
    let count = 0;
    while (bench.now < end) {
      const at = bench.pace.startAt(bench.now);
      if (at > bench.now) bench.now = at;
      if (bench.now >= end) break;
      bench.go(OK, 1);
      count += 1;
    }
    assert.ok(count >= 60 && count <= 67, String(count));
  });

  test('halves when it was too much and comes back to the limit, not above', () => {
    const bench = new Bench({ perMinute: 60 });
    bench.go(trouble('throttled'));
    assert.equal(bench.pace.view(bench.now).perMinute, 30);
    bench.pauseOver();
    for (let i = 0; i < 10; i += 1) {
      bench.now += 60 * SECOND;
      bench.go(OK);
    }
    assert.equal(bench.pace.view(bench.now).perMinute, 60);
  });
});

describe('out of reach', () => {
  test('after three failures in a row, then one at a time, with pauses that double up to an hour', () => {
    const bench = new Bench();
    bench.go(trouble('unreachable'));
    bench.go(trouble('unreachable'));
    assert.equal(bench.state, 'open');
    bench.go(trouble('unreachable'));
    assert.equal(bench.state, 'unreachable');
    const pauses = [bench.pace.heldUntil(bench.now) - bench.now];
    for (let i = 0; i < 9; i += 1) {
      bench.pauseOver();
      assert.equal(bench.state, 'unreachable', 'also while it is looked at');
      assert.equal(bench.round(trouble('unreachable'), 30 * SECOND), 1);
      pauses.push(bench.pace.heldUntil(bench.now) - bench.now);
    }
    assert.deepEqual(
      pauses.slice(0, 4),
      [60, 120, 240, 480].map((s) => s * SECOND),
    );
    assert.equal(pauses.at(-1), 3600 * SECOND);
  });

  test('whoever gets through opens it, as if it were new', () => {
    const bench = new Bench();
    for (let i = 0; i < 3; i += 1) bench.go(trouble('unreachable'));
    bench.pauseOver();
    bench.go(OK);
    assert.equal(bench.state, 'open');
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => bench.round(OK)),
      [2, 4, 8, 16, 20],
    );
  });

  test('a success between failures begins the count anew', () => {
    const bench = new Bench();
    for (const signal of ['unreachable', 'unreachable', 'ok', 'unreachable', 'unreachable'] as const) {
      bench.go(signal === 'ok' ? OK : trouble(signal));
    }
    assert.equal(bench.state, 'open');
  });

  test('is not what a site is where others get through: it has too many connections', () => {
    const bench = new Bench();
    bench.round(OK);
    const early = bench.start();
    bench.go(OK);
    bench.pace.ended(trouble('unreachable'), early, bench.now);
    assert.deepEqual([bench.state, bench.pace.concurrency], ['backing-off', 4]);
  });

  test('is proven only by an answer', () => {
    const bench = new Bench();
    assert.equal(bench.pace.proven, false);
    bench.go(OK);
    assert.equal(bench.pace.proven, true);
    bench.go(trouble('unreachable'));
    assert.equal(bench.pace.proven, false);
  });
});

describe('blocked', () => {
  test('stops for an hour, then shows one message at a time until one is taken', () => {
    const bench = new Bench();
    bench.round(OK);
    bench.go(trouble('blocked'));
    assert.deepEqual([bench.state, bench.pace.heldUntil(bench.now) - bench.now], ['blocked', 3600 * SECOND]);
    bench.pauseOver();
    assert.equal(bench.round(trouble('blocked')), 1);
    assert.equal(bench.pace.heldUntil(bench.now) - bench.now, 7200 * SECOND);
    bench.pauseOver();
    bench.go(OK);
    assert.equal(bench.state, 'slow');
    assert.equal(bench.round(OK), 2);
  });
});

describe('other signals', () => {
  test('greylisting and refusals of a message leave the pace as it is', () => {
    const bench = new Bench();
    for (let i = 0; i < 4; i += 1) bench.round({ kind: 'greylisted' });
    assert.deepEqual([bench.state, bench.round(OK)], ['open', 20]);
  });

  test('a lost connection is nothing, three in a row are trouble', () => {
    const bench = new Bench();
    bench.go(trouble('lost'));
    bench.go(trouble('lost'));
    assert.equal(bench.state, 'open');
    bench.go(trouble('lost'));
    assert.equal(bench.state, 'backing-off');
  });

  test('trouble of our own says nothing about the site', () => {
    const bench = new Bench();
    for (let i = 0; i < 10; i += 1) bench.go({ kind: 'none' });
    assert.deepEqual([bench.state, bench.pace.proven], ['open', false]);
  });

  test('a site that becomes much slower than it was gets less at a time, without a pause', () => {
    const bench = new Bench();
    for (let i = 0; i < 50; i += 1) bench.round(OK, 100);
    bench.now += 60 * SECOND;
    for (let i = 0; i < 5; i += 1) bench.round(OK, 30 * SECOND);
    assert.equal(bench.state, 'slow');
    assert.ok(bench.pace.concurrency < 20);
    assert.equal(bench.pace.heldUntil(bench.now), 0);
    assert.match(bench.pace.view(bench.now).reason ?? '', /s for a message instead of/);
  });

  test('a site that was always slow is not held against itself', () => {
    const bench = new Bench();
    for (let i = 0; i < 50; i += 1) bench.round(OK, 10 * SECOND);
    assert.deepEqual([bench.state, bench.pace.concurrency], ['open', 20]);
  });
});
