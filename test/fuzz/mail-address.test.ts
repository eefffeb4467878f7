import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatMailbox,
  formatMailboxAsText,
  type Mailbox,
  parseHeaderMailboxes,
  parseMailbox,
  parseMailboxList,
} from '../../src/mail/address.ts';
import { fuzzRuns, joinedTokens, readCorpus } from '../support/fuzzing.ts';

const addressLike = joinedTokens([
  ...['ann', '@', '@', 'example.com', 'example.com', '.', ',', ';', ':', '<', '>', '"', '\\', '(', ')', ' ', '\t'],
  ...['\r\n', '\n', '\0', 'é', '例子', '=?utf-8?q?=C3=A9?=', '=?utf-8?b?DQo=?=', '\u202e', '\ud800', 'xn--', '-', '_'],
  ...[
    'a@example.com',
    '"a b"@example.com',
    'Ann <a@example.com>',
    'Friends: ',
    '[192.0.2.1]',
    '１',
    '%2e',
    'x'.repeat(64),
  ],
]);

const corpus = readCorpus('mail')
  .filter(([name]) => name.startsWith('addresses'))
  .flatMap(([, content]) => content.toString().split('\n'));

/** What every address that was let in has to hold to, since SMTP commands and headers are made of it. */
function checkMailbox(mailbox: Mailbox): void {
  assert.doesNotMatch(mailbox.name + mailbox.address, /[\x00-\x1f\x7f]/);
  assert.equal(mailbox.address, `${mailbox.local}@${mailbox.domain}`);
  assert.match(mailbox.domain, /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/);
  assert.ok(Buffer.byteLength(mailbox.local) <= 64 && Buffer.byteLength(mailbox.address) <= 254);
  assert.deepEqual(parseMailbox(mailbox.address), { ...mailbox, name: '' });
  assert.equal(parseMailbox(formatMailboxAsText(mailbox))?.address, mailbox.address);
  const header = formatMailbox(mailbox);
  assert.doesNotMatch(header, /[\r\n\0]/);
  assert.deepEqual(parseHeaderMailboxes(header), { kind: 'ok', mailboxes: [mailbox] });
}

function checkText(text: string): void {
  const one = parseMailbox(text);
  if (one !== undefined) checkMailbox(one);
  for (const list of [parseMailboxList(text), parseHeaderMailboxes(text)]) {
    if (list.kind === 'invalid') continue;
    for (const mailbox of list.mailboxes) checkMailbox(mailbox);
    const joined = list.mailboxes.map(formatMailbox).join(', ');
    assert.deepEqual(parseHeaderMailboxes(joined), list);
  }
}

describe('whatever the text is, an address that is let in is one address and stays itself', () => {
  test('made of pieces of addresses', () => fc.assert(fc.property(addressLike, checkText), fuzzRuns(4000)));

  test('made of anything', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), checkText), fuzzRuns(1000));
  });

  test('from the corpus', () => {
    assert.ok(corpus.length > 20);
    for (const text of corpus) checkText(text);
  });
});

test('reading costs no more than the length of the text allows', () => {
  const started = performance.now();
  for (const unit of ['"', '<', '>', '(', '\\', '"\\', '=?a?q?', ',', ' ', 'a@', '<a', '"a"']) {
    const text = unit.repeat(50_000);
    parseMailbox(text);
    parseMailboxList(text);
    parseHeaderMailboxes(text);
  }
  assert.ok(performance.now() - started < 5000);
});
