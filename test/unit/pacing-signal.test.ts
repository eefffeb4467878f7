// What outcomes say about the pace.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { signalOf } from '../../src/domain/pacing/signal.ts';
import type { Outcome, Peer, Phase } from '../../src/domain/outcome.ts';
import { replyOf } from './bounce-samples.ts';

const PEER: Peer = { host: 'mx.example.com', ip: '192.0.2.7', tls: false };

function replied(line: string, phase: Phase = 'rcpt'): Outcome {
  const common = { peer: PEER, phase, reply: replyOf(line), detail: `mx.example.com said ${line}` };
  return line.startsWith('5') ? { ...common, kind: 'bounced', type: 'Unknown' } : { ...common, kind: 'deferred' };
}

function silent(phase: Phase): Outcome & { kind: 'deferred' } {
  return { kind: 'deferred', peer: PEER, phase, reply: undefined, detail: 'timed out' };
}

function taken(mode: 'remote' | 'sandbox' = 'remote'): Outcome {
  return { kind: 'delivered', peer: PEER, phase: 'final', reply: replyOf('250 ok'), mode };
}

describe('one outcome', () => {
  const cases: readonly (readonly [name: string, Outcome, kind: string])[] = [
    ['taken', taken(), 'ok'],
    ['a test mode', taken('sandbox'), 'none'],
    ['our own refusal', { kind: 'refused', peer: undefined, phase: 'route', detail: 'a loop' }, 'none'],
    ['a lost reply to the final dot', { kind: 'unknown', peer: PEER, phase: 'final', detail: 'lost' }, 'lost'],
    ['no such user', replied('550 5.1.1 User unknown'), 'ok'],
    ['greylisted', replied('451 4.7.1 Greylisting in action, please come back in 00:04:59'), 'greylisted'],
    ['too many connections', replied('421 Too many concurrent SMTP connections', 'greeting'), 'throttled'],
    ['421 in the middle', replied('421 4.3.0 Bye', 'data'), 'overloaded'],
    ['our address is listed', replied('554 5.7.1 Client host [192.0.2.1] blocked using bl.example'), 'blocked'],
    ['a full mailbox', replied('452 4.2.2 Mailbox full'), 'ok'],
    ['connection refused', silent('connect'), 'unreachable'],
    ['no greeting', silent('greeting'), 'unreachable'],
    ['no host was tried', { ...silent('connect'), peer: undefined }, 'none'],
    ['DNS', silent('route'), 'none'],
    ['broken off in DATA', silent('body'), 'lost'],
  ];
  for (const [name, outcome, kind] of cases) {
    test(`${name}: ${kind}`, () => assert.equal(signalOf([outcome]).kind, kind));
  }
});

test('of several recipients the most telling counts', () => {
  const slow = replied('451 4.7.1 sending rate limit exceeded');
  assert.equal(signalOf([taken(), slow, replied('550 5.1.1 User unknown')]).kind, 'throttled');
  assert.equal(signalOf([]).kind, 'none');
});

test('trouble tells the reply, cut to a bearable length, and the rule', () => {
  const signal = signalOf([replied(`421 4.7.0 Too many connections ${'x'.repeat(900)}`, 'greeting')]);
  assert.equal(signal.kind, 'throttled');
  if (signal.kind !== 'throttled') return;
  assert.match(signal.reason, /^mx\.example\.com said 421 4\.7\.0 Too many connections x+…$/);
  assert.ok(signal.reason.length <= 300);
  assert.equal(signal.rule, 'too-many-connections');
});
