// Settings of sending domains and of links in mail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/main/config.ts';

function read(env: Record<string, string>): unknown {
  const found = readConfig({ env, folder: '/nonexistent' });
  if ('problems' in found) return found.problems.join();
  const { publicUrl, domainCheckEvery, domainGraceDays } = found.config;
  return [publicUrl, domainCheckEvery, domainGraceDays];
}

const CASES: readonly [name: string, value: string, expected: readonly unknown[] | RegExp][] = [
  ['PUBLIC_URL', '', [undefined, 86_400, 7]],
  ['PUBLIC_URL', 'https://mail.example.com', ['https://mail.example.com', 86_400, 7]],
  ['PUBLIC_URL', ' https://Mail.example.com/bulkhead// ', ['https://mail.example.com/bulkhead', 86_400, 7]],
  ['PUBLIC_URL', 'http://192.0.2.1:8025', ['http://192.0.2.1:8025', 86_400, 7]],
  ['PUBLIC_URL', 'mail.example.com', /BULKHEAD_PUBLIC_URL is 'mail\.example\.com', but must be a URL such as/],
  ['PUBLIC_URL', 'ftp://mail.example.com', /must be a URL/],
  ['PUBLIC_URL', 'https://mail.example.com/?a=b', /must be a URL/],
  ['PUBLIC_URL', 'https://ann@mail.example.com', /must be a URL/],
  ['DOMAIN_GRACE_DAYS', '0', [undefined, 86_400, 0]],
  ['DOMAIN_GRACE_DAYS', '366', /a whole number from 0 to 365/],
  ['DOMAIN_CHECK_EVERY', '3_600', [undefined, 3600, 7]],
  ['DOMAIN_CHECK_EVERY', '0', /a whole number from 1 to/],
];
for (const [name, value, expected] of CASES) {
  test(`BULKHEAD_${name} '${value}'`, () => {
    const found = read({ [`BULKHEAD_${name}`]: value });
    if (expected instanceof RegExp) assert.match(String(found), expected);
    else assert.deepEqual(found, expected);
  });
}
