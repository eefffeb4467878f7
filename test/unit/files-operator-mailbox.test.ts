// Mail for the operator on disk: what stands in a file, and that nobody fills the disk by writing to postmaster.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createOperatorMailbox } from '../../src/backends/files/operator-mailbox.ts';
import type { OperatorMail } from '../../src/ports/operator-mail.ts';

const root = mkdtempSync(join(tmpdir(), 'operator-mailbox-'));
after(() => rmSync(root, { recursive: true, force: true }));

const mail = (over: Partial<OperatorMail> = {}): OperatorMail => ({
  recipient: 'postmaster@mail.example.org',
  mailFrom: 'ann@example.com',
  client: '192.0.2.1',
  heloName: 'mx.example.com',
  at: Date.UTC(2026, 10, 5, 12),
  raw: Buffer.from('Subject: x\r\n\r\ny\r\n'),
  ...over,
});

test('a letter stands with its trace before it, for the owner only', async () => {
  const folder = join(root, 'one');
  const name = await createOperatorMailbox({ folder, hostname: 'mail.example.org' }).keep(mail());
  assert.match(name, /^2026-11-05T120000\.000Z-\d+-1\.eml$/);
  assert.equal(
    readFileSync(join(folder, name), 'utf8'),
    'Return-Path: <ann@example.com>\r\n' +
      'Received: from mx.example.com ([192.0.2.1])\r\n\tby mail.example.org with ESMTP for <postmaster@mail.example.org>;\r\n' +
      '\tThu, 05 Nov 2026 12:00:00 +0000\r\nSubject: x\r\n\r\ny\r\n',
  );
  assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
});

test('the oldest go when there are too many, and when they are too large', async () => {
  const folder = join(root, 'many');
  const mailbox = createOperatorMailbox({
    folder,
    hostname: 'h.example',
    maxFiles: 3,
    maxBytes: 5000,
    maxMessageBytes: 2000,
  });
  const names = await Promise.all([1, 2, 3, 4, 5].map((n) => mailbox.keep(mail({ at: n * 1000 }))));
  assert.deepEqual(readdirSync(folder).sort(), names.slice(2));
  const large = mail({ at: 6000, raw: Buffer.alloc(100_000, 'x') });
  const last = [await mailbox.keep(large), await mailbox.keep({ ...large, at: 7000 })];
  const left = readdirSync(folder).sort();
  assert.deepEqual(left.slice(-2), last);
  const bytes = left.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  assert.ok(bytes <= 5000, `${bytes} bytes`);
});

test('after a failure the next one is kept', async () => {
  const folder = join(root, 'many');
  const mailbox = createOperatorMailbox({ folder: join(folder, '\0'), hostname: 'h.example' });
  await assert.rejects(mailbox.keep(mail()));
  await assert.rejects(mailbox.keep(mail()), 'it tried again');
});
