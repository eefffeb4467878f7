// What is left of an event when recipients have been erased.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../src/domain/event.ts';
import { redactEvent, withoutQuotes } from '../../src/domain/redact-event.ts';
import { accepted, bounced, deferred, delivered, message, refused } from '../support/activity-fixture.ts';

const BOB = 'bob@example.net';
const CARL = 'carl@example.net';
const isBob = (address: string): boolean => address === BOB;
const bob = message({ to: [BOB] });
const carl = message({ to: [CARL] });
const both = message({ to: [BOB, CARL], subject: 'Dear Bob', metadata: { name: 'Bob' }, attachments: ['bob.pdf'] });

test('events that name nobody erased are the same objects', () => {
  for (const event of [accepted(carl), delivered(carl), deferred(carl), bounced(carl), refused(carl)])
    assert.equal(redactEvent(event, isBob), event);
});

test('nothing is left of events about nobody else', () => {
  for (const event of [accepted(bob), delivered(bob), deferred(bob), bounced(bob), refused(bob), delivered(both, 0)])
    assert.equal(redactEvent(event, isBob), undefined);
});

test('the others keep their places in an acceptance, which loses what may speak of the erased', () => {
  const left = redactEvent(accepted(both), isBob);
  assert.ok(left?.kind === 'accepted');
  const { recipients, summary } = left.message;
  assert.deepEqual(
    recipients.map(({ index, address, domain, name }) => [index, address, domain, name]),
    [
      [0, '', '', ''],
      [1, CARL, 'example.net', ''],
    ],
  );
  assert.deepEqual([summary.subject, summary.metadata, summary.attachments], ['', {}, []]);
  assert.equal(summary.from, both.summary.from);
});

test('the others keep their places in a refusal, which loses subject and source', () => {
  const left = redactEvent(refused(both), isBob);
  assert.ok(left?.kind === 'api-error');
  assert.deepEqual([left.recipients, left.subject, left.source], [['', CARL], '', '']);
});

const transcript = `0 C: RCPT TO:<${BOB}>`;
const captured = { mailFrom: 'x', rcptTo: [BOB], prefix: '' };
const returned = { reportedBy: 'mx', feedback: undefined, raw: `To: ${BOB}` };
const QUOTING: readonly Event[] = [
  delivered(both, 1, { transcript, captured }),
  deferred(both, 1, { transcript }),
  bounced(both, 1, { transcript, returned }),
];

test('an event about another loses what it quotes of the message', () => {
  for (const event of QUOTING) {
    assert.match(JSON.stringify(event), /bob@/);
    assert.doesNotMatch(JSON.stringify(withoutQuotes(event)), /bob@/);
  }
});
