import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dkimVerify } from 'mailauth';
import { canonicalBody, canonicalField } from '../../src/mail/dkim/canonicalise.ts';
import { dkimRecordValue, generateDkimKey, loadDkimKey } from '../../src/mail/dkim/keys.ts';
import { type DkimSigner, signMessage } from '../../src/mail/dkim/sign.ts';
import { DKIM_MESSAGES } from '../support/dkim-messages.ts';

const now = Date.UTC(2026, 10, 24);
const rsa = await generateDkimKey('rsa-sha256');
const ed25519 = await generateDkimKey('ed25519-sha256');
const RECORDS: Readonly<Record<string, string>> = {
  'r1._domainkey.example.com': rsa.recordValue,
  'e1._domainkey.example.com': ed25519.recordValue,
};
const signers: readonly DkimSigner[] = [
  {
    domain: 'example.com',
    selector: 'r1',
    algorithm: 'rsa-sha256',
    key: loadDkimKey(rsa.privateKeyPem, 'rsa-sha256'),
  },
  {
    domain: 'example.com',
    selector: 'e1',
    algorithm: 'ed25519-sha256',
    key: loadDkimKey(ed25519.privateKeyPem, 'ed25519-sha256'),
  },
];

async function signed(message: Buffer): Promise<Buffer> {
  return Buffer.concat([Buffer.from(await signMessage(message, signers, { now }), 'latin1'), message]);
}

async function resultsFor(message: Buffer): Promise<readonly string[]> {
  const resolver = (name: string): Promise<string[][]> => Promise.resolve([[RECORDS[name] ?? '']]);
  const { results } = await dkimVerify(message, { resolver, curTime: new Date(now) });
  return results.map(({ status }) => status.result);
}

describe('a signed message verifies by mailauth, with RSA and with Ed25519', () => {
  for (const [name, message] of DKIM_MESSAGES) {
    test(name, async () => {
      const results = await resultsFor(await signed(message));
      assert.deepEqual(results.slice(0, 2), ['pass', 'pass']);
    });
  }
});

describe('a signature breaks', () => {
  const message = Buffer.from(
    'From: ann@example.com\r\nSubject: a\r\nX-Other: b\r\nList-Unsubscribe: <c>\r\n\r\nbody\r\n',
  );
  const CHANGES: readonly (readonly [name: string, change: (text: string) => string])[] = [
    ['when a second From is added above', (text) => `From: eve@example.org\r\n${text}`],
    ['when a second From is added below', (text) => text.replace('X-Other', 'From: eve@example.org\r\nX-Other')],
    ['when a second Subject is added', (text) => text.replace('X-Other', 'Subject: x\r\nX-Other')],
    ['when a content type is added', (text) => text.replace('X-Other', 'Content-Type: text/html\r\nX-Other')],
    ['when the subject changes', (text) => text.replace('Subject: a', 'Subject: b')],
    ['when List-Unsubscribe changes', (text) => text.replace('<c>', '<d>')],
    ['when the body changes', (text) => text.replace('body', 'bodies')],
    ['when text is added to the body', (text) => `${text}more\r\n`],
  ];
  for (const [name, change] of CHANGES) {
    test(name, async () => {
      const text = (await signed(message)).toString('latin1');
      assert.notDeepEqual(await resultsFor(Buffer.from(change(text), 'latin1')), ['pass', 'pass']);
    });
  }

  test('but not when other fields change, or white space that the relaxed form ignores', async () => {
    const text = (await signed(message)).toString('latin1');
    const changed = text.replace('X-Other: b', 'X-Other: c').replace('Subject: a', 'Subject:   a ').concat('\r\n\r\n');
    assert.deepEqual(await resultsFor(Buffer.from(changed, 'latin1')), ['pass', 'pass']);
  });
});

describe('the signature field', () => {
  test('has short lines, the time in seconds, and From one time more than the message has it', async () => {
    const field = await signMessage(Buffer.from('From: a@example.com\r\n\r\n'), signers, { now: now + 999 });
    for (const line of field.split('\r\n')) assert.ok(line.length <= 78, line);
    assert.match(field, new RegExp(`\\bt=${now / 1000};`));
    assert.match(field.replace(/\s/g, ''), /;h=from:from:to:cc:subject:date:message-id:/);
    assert.equal(field.match(/^DKIM-Signature: /gm)?.length, 2);
  });

  test('names list fields only when they are present', async () => {
    const bare = await signMessage(Buffer.from('From: a@example.com\r\n\r\n'), signers, { now });
    assert.doesNotMatch(bare, /list-unsubscribe|feedback-id/);
    const head =
      'From: a@example.com\r\nFeedback-ID: a\r\nList-Unsubscribe: <b>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n';
    const list = (await signMessage(Buffer.from(`${head}\r\n`), signers, { now })).replace(/\s/g, '');
    assert.match(list, /:list-unsubscribe:list-unsubscribe-post:feedback-id;/);
  });

  test('is nothing without a signer', async () => {
    assert.equal(await signMessage(Buffer.from('From: a@example.com\r\n\r\n'), [], { now }), '');
  });
});

describe('keys', () => {
  test('the record follows from the private key and names its type', () => {
    assert.match(rsa.recordValue, /^k=rsa; p=[A-Za-z0-9+/]{390,}=*$/);
    assert.match(ed25519.recordValue, /^k=ed25519; p=[A-Za-z0-9+/]{43}=$/);
    assert.equal(dkimRecordValue(loadDkimKey(rsa.privateKeyPem, 'rsa-sha256')), rsa.recordValue);
  });

  test('a key of the other algorithm is refused', () => {
    assert.throws(() => loadDkimKey(rsa.privateKeyPem, 'ed25519-sha256'), /not for ed25519/);
    assert.throws(() => loadDkimKey('nonsense', 'rsa-sha256'));
  });
});

describe('the relaxed form', () => {
  // The example of RFC 6376 3.4.5.
  test('fields', () => {
    assert.equal(canonicalField('A: X\r\n'), 'a:X');
    assert.equal(canonicalField('B : Y\t\r\n\tZ  \r\n'), 'b:Y Z');
  });

  const BODIES: readonly (readonly [body: string, canonical: string])[] = [
    [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['', ''],
    ['\r\n', ''],
    [' \r\n\t\r\n', ''],
    ['a', 'a\r\n'],
    ['a ', 'a\r\n'],
    ['a\r\n ', 'a\r\n'],
    ['\r\na\r\n', '\r\na\r\n'],
    ['a\tb\r\n', 'a b\r\n'],
    ['a\r b\n\r\n', 'a\r b\n\r\n'],
    ['a\n\r\n', 'a\n\r\n'],
  ];
  for (const [body, canonical] of BODIES) {
    test(`body ${JSON.stringify(body)}`, () => {
      assert.equal(Buffer.concat(canonicalBody(Buffer.from(body))).toString(), canonical);
    });
  }

  test('long runs of white space cost no more than their length', () => {
    const started = performance.now();
    for (const run of [' ', '\t', '\r\n', ' \r\n']) canonicalBody(Buffer.from(`${run.repeat(500_000)}x`));
    assert.ok(performance.now() - started < 2000);
  });
});
