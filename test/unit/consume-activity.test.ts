// From events to changes of the index: the words of bounces, and the bounds of a refusal.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changesOf } from '../../src/core/consume/activity.ts';
import { bounceReport, replyText, shortError } from '../../src/core/consume/bounce-report.ts';
import { FRONT_LOG, bounceId } from '../../src/domain/event.ts';
import type { BouncedEvent } from '../../src/domain/event.ts';
import type { RemoteReply } from '../../src/domain/outcome.ts';
import { bounced, message, refused } from '../support/activity-fixture.ts';

const REPLIES: readonly (readonly [reply: RemoteReply, text: string])[] = [
  [{ code: 550, enhanced: '5.1.1', text: 'no such user' }, 'smtp;550 5.1.1 no such user'],
  [{ code: 550, enhanced: undefined, text: 'no' }, 'smtp;550 no'],
  [{ code: 250, enhanced: undefined, text: '' }, 'smtp;250'],
  [{ code: 0, enhanced: undefined, text: '' }, ''],
];

const ERRORS: readonly (readonly [text: string, short: string])[] = [
  ['One sentence.', 'One sentence.'],
  ['First here. Then more.', 'First here.'],
  ['The address x@example.com is unknown. Add it.', 'The address x@example.com is unknown.'],
  ['no end', 'no end'],
  ['x'.repeat(900), 'x'.repeat(250)],
];

const SENDERS: readonly (readonly [from: string, address: string])[] = [
  ['ann@example.org', 'ann@example.org'],
  ['"A <b>" <ann@example.org>', 'ann@example.org'],
  ['Ann <ann@example.org', 'Ann <ann@example.org'],
  ['', ''],
];

describe('the words of a bounce', () => {
  for (const [reply, text] of REPLIES) {
    test(`a reply with code ${reply.code} reads ${JSON.stringify(text)}`, () => assert.equal(replyText(reply), text));
  }

  for (const [text, short] of ERRORS) {
    test(`${JSON.stringify(text.slice(0, 40))} is shortened to its first sentence`, () => {
      assert.equal(shortError(text), short);
    });
  }

  test('a report without a reply or a peer leaves their lines out', () => {
    const event = bounced(message(), 0, { reply: undefined, peer: undefined, detail: 'no such domain' });
    const report = bounceReport(event as BouncedEvent);
    assert.match(report, /^Delivery to bob@example\.net failed for good: no such domain\r\n/);
    assert.doesNotMatch(report, /Status|Remote-MTA|Diagnostic-Code|undefined/);
  });
});

describe('a refused submission', () => {
  for (const [from, address] of SENDERS) {
    test(`from ${JSON.stringify(from)} is found by ${JSON.stringify(address)}`, () => {
      const [change] = changesOf(FRONT_LOG, { seq: 5, event: refused(message(), { from }) });
      assert.ok(change?.kind === 'message');
      assert.equal(change.fromAddress, address);
    });
  }

  test('to more recipients than ids have room for has bounces for the first ones, each with its own id', () => {
    const recipients = Array.from({ length: 70 }, (_, n) => `r${n}@example.net`);
    const changes = changesOf(FRONT_LOG, { seq: 5, event: refused(message(), { recipients }) });
    const ids = changes.flatMap((change) => (change.kind === 'bounce' ? [change.id] : []));
    assert.equal(new Set(ids).size, 64);
    assert.ok(ids.every((id) => id < bounceId(FRONT_LOG.number, 6, 0)));
  });
});
