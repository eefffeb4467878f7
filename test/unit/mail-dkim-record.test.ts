// Records of DKIM keys as people publish them, and what is said about those that do not help.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateDkimKey, rsaBits } from '../../src/mail/dkim/keys.ts';
import { judgeKeyRecords } from '../../src/mail/dkim/record.ts';

const KEY = 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A';
const EXPECTED = `k=rsa; p=${KEY}`;

const RECORDS: readonly [name: string, published: readonly string[], verdict: 'right' | RegExp, remark?: RegExp][] = [
  ['as it was given', [EXPECTED], 'right'],
  ['with v= and a semicolon at the end', [`v=DKIM1; k=rsa; p=${KEY};`], 'right'],
  ['without k=, which is RSA then', [`v=DKIM1;p=${KEY}`], 'right'],
  ['wrapped, in other order', [`p=${KEY.slice(0, 10)} \t${KEY.slice(10)} ; k = rsa ; n=mine`], 'right'],
  ['with quotes that a panel left in', [`k=rsa; p=${KEY.slice(0, 10)}" "${KEY.slice(10)}`], 'right'],
  ['beside a record of something else', ['v=spf1 -all', EXPECTED], 'right'],
  ['for all services', [`s=*; ${EXPECTED}`], 'right'],
  ['for email and SHA-256 by name', [`s=email; h=sha1:sha256; ${EXPECTED}`], 'right'],
  ['in testing', [`t=y:s; ${EXPECTED}`], 'right', /is testing \(t=y\)/],
  ['beside another key', ['k=rsa; p=AAAA', EXPECTED], 'right', /several DKIM keys/],
  ['cut', [EXPECTED.slice(0, -4)], /only the first 28 of 32 characters/],
  ['of another key', ['k=rsa; p=AAAA'], /another key: AAAA/],
  ['revoked', ['v=DKIM1; k=rsa; p='], /revoked/],
  ['of another version', [`v=DKIM2; p=${KEY}`], /v=DKIM2, not v=DKIM1/],
  ['of another type', [`k=ed25519; p=${KEY}`], /k=ed25519, not k=rsa/],
  ['for SHA-1 only', [`h=sha1; ${EXPECTED}`], /SHA-256/],
  ['for something else than email', [`s=tlsrpt; ${EXPECTED}`], /not for email/],
  ['no DKIM record at all', ['hello \u{1f600} there'], /no DKIM key: hello \?+ there/],
  ['of great length', [`k=rsa; p=${'B'.repeat(4000)}`], /another key: B{120}…$/],
];

for (const [name, published, verdict, remark] of RECORDS) {
  test(`a record ${name} is ${verdict === 'right' ? 'right' : 'wrong'}${remark === undefined ? '' : ', with a remark'}`, () => {
    const found = judgeKeyRecords(published, EXPECTED);
    if (verdict === 'right') {
      assert.ok(found.kind === 'right', JSON.stringify(found));
      assert.equal(found.remarks.length, remark === undefined ? 0 : 1);
      if (remark !== undefined) assert.match(found.remarks[0] ?? '', remark);
    } else {
      assert.ok(found.kind === 'wrong');
      assert.match(found.why, verdict);
    }
  });
}

test('the bits of a key are read from its record', async () => {
  const { recordValue } = await generateDkimKey('rsa-sha256');
  assert.equal(rsaBits(recordValue), 2048);
  assert.deepEqual(judgeKeyRecords([recordValue], recordValue), { kind: 'right', remarks: [] });
  assert.equal(rsaBits((await generateDkimKey('ed25519-sha256')).recordValue), undefined);
  for (const none of ['', 'k=rsa; p=', 'k=rsa; p=AAAA']) assert.equal(rsaBits(none), undefined);
});
