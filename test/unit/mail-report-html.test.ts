// Reports that are HTML alone: what stands in the way of their words is passed over, however it is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReport } from '../../src/mail/report/read-report.ts';

const WORDS =
  '<p>Delivery has failed to these recipients or groups:</p><p>bob&#64;example.net</p><p>550 5.1.1 No such user</p>';

for (const [what, before] of [
  ['a style in capitals', '<STYLE>p { color: red }</style>'],
  ['a comment with tags in it', '<!-- <p> a > b -->'],
  ['a head with a title', '<HEAD><TITLE>Undeliverable</TITLE></Head>'],
] as const) {
  test(`${what} hides nothing`, () => {
    const raw = `From: postmaster@example.net\r\nSubject: Undeliverable\r\nContent-Type: text/html\r\n\r\n${before}${WORDS}`;
    const { report } = readReport(Buffer.from(raw));
    assert.ok(report.kind === 'delivery-status');
    assert.deepEqual(
      report.recipients.map(({ final, status }) => [final, status]),
      [['bob@example.net', '5.1.1']],
    );
  });
}
