// What is written down of a session: lines and times, no secrets, within bounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lost } from '../../src/mail/smtp/client-phases.ts';
import { joinTranscripts, Transcript, withoutCredentials } from '../../src/mail/smtp/client-transcript.ts';
import type { Reply } from '../../src/mail/smtp/remote-reply.ts';
import { ReplyParser } from '../../src/mail/smtp/remote-reply.ts';

function record(limits?: { head: number; tail: number; line: number }) {
  const clock = { time: 1000, now: () => clock.time };
  const transcript = new Transcript(clock, limits);
  const hears = (text: string): void => {
    for (const reply of new ReplyParser().feed(Buffer.from(text)).replies) transcript.heard(reply, clock.time);
  };
  return { clock, transcript, hears };
}

test('a session is written down line by line, with milliseconds since its beginning', () => {
  const { clock, transcript, hears } = record();
  transcript.begin('connecting to mx.test (192.0.2.1), port 25');
  clock.time += 11;
  hears('220 mx.test\r\n');
  transcript.sent('EHLO out.test\r\n');
  clock.time += 5;
  hears('250-mx.test\r\n250-PIPELINING\r\n250 SIZE 1000\r\n');
  transcript.note('TLSv1.3, TLS_AES_256_GCM_SHA384');
  transcript.sent('MAIL FROM:<a@out.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n');
  hears('250 ok\r\n250 2.1.5 ok\r\n354\r\n');
  transcript.sentContent(1234);
  clock.time += 60_000;
  transcript.lost(lost('timeout'));
  assert.deepEqual(transcript.text().split('\n'), [
    '0 -- connecting to mx.test (192.0.2.1), port 25',
    '11 S: 220 mx.test',
    '11 C: EHLO out.test',
    '16 S: 250-mx.test',
    '16 S: 250-PIPELINING',
    '16 S: 250 SIZE 1000',
    '16 -- TLSv1.3, TLS_AES_256_GCM_SHA384',
    '16 C: MAIL FROM:<a@out.test>',
    '16 C: RCPT TO:<b@mx.test>',
    '16 C: DATA',
    '16 S: 250 ok',
    '16 S: 250 2.1.5 ok',
    '16 S: 354 ',
    '16 C: (1234 bytes of content)',
    '60016 -- nothing more came in time',
  ]);
});

test('what begins anew forgets what was before', () => {
  const { clock, transcript } = record({ head: 60, tail: 40, line: 30 });
  transcript.begin('first');
  for (let count = 0; count < 50; count += 1) transcript.note(`line ${count}`);
  clock.time += 500;
  transcript.begin('second');
  assert.equal(transcript.text(), '0 -- second');
});

const MASKED: readonly [command: string, shown: string][] = [
  ['AUTH PLAIN AHVzZXIAcGFzc3dvcmQ=', 'AUTH PLAIN ***'],
  ['auth plain AHVzZXIAcGFzc3dvcmQ=', 'AUTH plain ***'],
  [' AUTH  PLAIN  AHVz ZXI=', 'AUTH PLAIN ***'],
  ['AUTH LOGIN', 'AUTH LOGIN'],
  ['AUTH LOGIN dXNlcg==', 'AUTH LOGIN ***'],
  ['AUTH CRAM-MD5', 'AUTH CRAM-MD5'],
  ['AUTH XOAUTH2 dXNlcj1hQGIuYwFhdXRoPUJlYXJlciB5YTI5', 'AUTH XOAUTH2 ***'],
  ['AUTH', 'AUTH ***'],
  ['AUTH =secret', 'AUTH ***'],
  ['AUTH a-name-that-is-longer-than-mechanisms-are', 'AUTH ***'],
  ['MAIL FROM:<a@b.test> AUTH=<>', 'MAIL FROM:<a@b.test> AUTH=<>'],
  ['RCPT TO:<auth@b.test>', 'RCPT TO:<auth@b.test>'],
  ['AUTHENTIC', 'AUTHENTIC'],
];
for (const [command, shown] of MASKED) {
  test(`of "${command}" is shown "${shown}"`, () => {
    assert.equal(withoutCredentials(command, false), shown);
    assert.equal(withoutCredentials(command, true), '***');
  });
}

test('from AUTH to its last reply nothing that is said can be read', () => {
  const { transcript, hears } = record();
  transcript.begin('session');
  transcript.sent('AUTH LOGIN\r\n');
  hears('334 VXNlcm5hbWU6\r\n');
  transcript.sent('dXNlcg==\r\n');
  hears('334 UGFzc3dvcmQ6\r\n');
  transcript.sent('cGFzc3dvcmQ=\r\n');
  hears('235 2.7.0 Authentication successful\r\n');
  transcript.sent('MAIL FROM:<a@b.test>\r\n');
  assert.deepEqual(transcript.text().split('\n').slice(1), [
    '0 C: AUTH LOGIN',
    '0 S: 334 ***',
    '0 C: ***',
    '0 S: 334 ***',
    '0 C: ***',
    '0 S: 235 2.7.0 Authentication successful',
    '0 C: MAIL FROM:<a@b.test>',
  ]);
});

test('a long line is cut, and never in the middle of a character', () => {
  const { transcript } = record({ head: 1000, tail: 100, line: 10 });
  transcript.begin('x'.repeat(9) + '😀 and more');
  assert.equal(transcript.text(), `0 -- ${'x'.repeat(9)}\ufffd…`);
});

test('of many lines the first and the last stay, and how many are missing is said', () => {
  const { transcript } = record();
  transcript.begin('session');
  for (let count = 1; count <= 1000; count += 1) transcript.sent(`RCPT TO:<user${count}@mx.test>\r\n`);
  transcript.note('the end');
  const lines = transcript.text().split('\n');
  const gap = lines.find((line) => line.startsWith('…')) ?? '';
  const missing = Number(/\d+/.exec(gap)?.[0]);
  assert.equal(lines[0], '0 -- session');
  assert.equal(lines[1], '0 C: RCPT TO:<user1@mx.test>');
  assert.equal(lines.at(-2), '0 C: RCPT TO:<user1000@mx.test>');
  assert.equal(lines.at(-1), '0 -- the end');
  assert.equal(lines.length - 1 + missing, 1002);
  assert.ok(transcript.text().length <= 4000);
});

test('transcripts of one attempt follow each other, within one bound', () => {
  assert.equal(joinTranscripts(['0 -- one']), '0 -- one');
  assert.equal(joinTranscripts(['0 -- one', '0 -- two']), '0 -- one\n0 -- two');
  const long = Array.from(
    { length: 5 },
    (_, part) => `0 -- part ${part}\n${'1 S: 250 ok\n'.repeat(300)}2 -- end ${part}`,
  );
  const joined = joinTranscripts(long);
  assert.ok(joined.length <= 4100);
  assert.match(joined, /^0 -- part 0\n1 S: 250 ok\n/);
  assert.match(joined, /\n… -- some lines are left out\n/);
  assert.match(joined, /\n2 -- end 4$/);
  for (const line of joined.split('\n'))
    assert.match(line, /^(?:\d+ S: 250 ok|\d+ -- \w+ \d|… -- some lines are left out)$/);
});

test('a reply of many lines is shown as it came', () => {
  const { transcript } = record();
  transcript.begin('x');
  const reply: Reply = {
    kind: 'reply',
    code: 550,
    enhanced: '5.1.1',
    text: '',
    lines: ['5.1.1 no', '5.1.1 such user'],
  };
  transcript.heard(reply, 1007);
  assert.deepEqual(transcript.text().split('\n').slice(1), ['7 S: 550-5.1.1 no', '7 S: 550 5.1.1 such user']);
});
