// TLS reports as text: who wants them, what they say, how they look as a message.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { simpleParser } from 'mailparser';
import { reportMail } from '../../src/mail/tls/report-mail.ts';
import { readReportRecord, reportJson } from '../../src/mail/tls/tls-report.ts';

describe('the record', () => {
  const RECORDS: readonly [string, readonly string[], readonly string[]][] = [
    ['one address', ['v=TLSRPTv1; rua=mailto:tls@example.com'], ['tls@example.com']],
    ['one URL', ['v=TLSRPTv1;rua=https://example.com/v1/tlsrpt;'], ['https://example.com/v1/tlsrpt']],
    ['several', ['v=TLSRPTv1; rua=mailto:a@b.test , https://c.test/'], ['a@b.test', 'https://c.test/']],
    ['beside other records', ['v=spf1 -all', 'v=TLSRPTv1; rua=mailto:a@b.test'], ['a@b.test']],
    ['an escaped address', ['v=TLSRPTv1; rua=mailto:a%2Bb@c.test'], ['a+b@c.test']],
    ['a mailto with parameters', ['v=TLSRPTv1; rua=mailto:a@b.test?subject=x'], []],
    ['an address with a line break in it', ['v=TLSRPTv1; rua=mailto:a@b.test%0D%0ABcc:c@d.test'], []],
    ['an address with blanks in it', ['v=TLSRPTv1; rua=mailto:a%20b@c.test'], []],
    ['broken escapes', ['v=TLSRPTv1; rua=mailto:%zz@c.test'], []],
    ['plain http', ['v=TLSRPTv1; rua=http://example.com/'], []],
    ['two records', ['v=TLSRPTv1; rua=mailto:a@b.test', 'v=TLSRPTv1; rua=mailto:c@d.test'], []],
    ['no rua', ['v=TLSRPTv1; x=y'], []],
    ['another version', ['v=TLSRPTv2; rua=mailto:a@b.test'], []],
    [
      'more targets than anyone needs',
      [`v=TLSRPTv1; rua=${Array(9).fill('mailto:a@b.test').join(',')}`],
      Array(5).fill('a@b.test'),
    ],
  ];
  for (const [what, records, targets] of RECORDS) {
    test(what, () => {
      const read = readReportRecord(records).map((target) => (target.kind === 'mail' ? target.address : target.url));
      assert.deepEqual(read, targets);
    });
  }
});

const HEAD = {
  domain: 'example.test',
  day: '2026-11-05',
  submitter: 'mail.sender.test',
  contact: 'postmaster@sender.test',
};

test('the report has the form of the RFC', () => {
  const failure = {
    host: 'mx.test',
    ip: '192.0.2.1',
    localIp: '198.51.100.1',
    reason: 'its certificate is not for mx.test',
  };
  const report = reportJson(HEAD, [
    {
      type: 'sts',
      text: ['version: STSv1', 'mode: enforce'],
      mx: ['*.example.test'],
      succeeded: 5,
      failures: [
        { ...failure, failure: 'certificate-host-mismatch', count: 2 },
        { failure: 'sts-policy-fetch-error', host: 'mta-sts.example.test', ip: '', localIp: '', reason: '', count: 1 },
      ],
    },
    { type: 'no-policy-found', text: [], mx: [], succeeded: 1, failures: [] },
  ]);
  assert.deepEqual(report, {
    'organization-name': 'mail.sender.test',
    'date-range': { 'start-datetime': '2026-11-05T00:00:00Z', 'end-datetime': '2026-11-05T23:59:59Z' },
    'contact-info': 'postmaster@sender.test',
    'report-id': '2026-11-05.example.test@mail.sender.test',
    policies: [
      {
        policy: {
          'policy-type': 'sts',
          'policy-string': ['version: STSv1', 'mode: enforce'],
          'policy-domain': 'example.test',
          'mx-host': ['*.example.test'],
        },
        summary: { 'total-successful-session-count': 5, 'total-failure-session-count': 3 },
        'failure-details': [
          {
            'result-type': 'certificate-host-mismatch',
            'sending-mta-ip': '198.51.100.1',
            'receiving-mx-hostname': 'mx.test',
            'receiving-ip': '192.0.2.1',
            'failed-session-count': 2,
            'failure-reason-code': 'its certificate is not for mx.test',
          },
          { 'result-type': 'sts-policy-fetch-error', 'failed-session-count': 1 },
        ],
      },
      {
        policy: { 'policy-type': 'no-policy-found', 'policy-domain': 'example.test' },
        summary: { 'total-successful-session-count': 1, 'total-failure-session-count': 0 },
      },
    ],
  });
});

test('as a message it is a report of type tlsrpt with the compressed report inside', async () => {
  const compressed = gzipSync('{"a":1}'.repeat(100));
  const to = ['tls@example.test'];
  const source = reportMail({ from: 'tls-reports@sender.test', to, head: HEAD, compressed, boundary: 'b0' });
  const parsed = await simpleParser(Buffer.from(source));
  assert.equal(
    parsed.subject,
    'Report Domain: example.test Submitter: mail.sender.test Report-ID: <2026-11-05.example.test@mail.sender.test>',
  );
  assert.equal(parsed.headers.get('tls-report-domain'), 'example.test');
  assert.equal(parsed.headers.get('tls-report-submitter'), 'mail.sender.test');
  assert.equal(parsed.headers.get('tls-required'), 'No');
  const type = parsed.headers.get('content-type') as { value: string; params: Record<string, string> };
  assert.equal(type.value, 'multipart/report');
  assert.equal(type.params['report-type'], 'tlsrpt');
  const [attachment] = parsed.attachments;
  assert.equal(attachment?.contentType, 'application/tlsrpt+gzip');
  assert.equal(attachment.filename, 'mail.sender.test!example.test!1793836800!1793923199!2026-11-05.json.gz');
  assert.deepEqual(attachment.content, compressed);
  for (const line of Buffer.from(source).toString('latin1').split('\r\n')) assert.ok(line.length <= 998, line);
});
