// Which URLs may be posted to: public ones, and what the operator allows.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { targetProblem } from '../../src/core/judge-target.ts';
import { createNetworkPolicy, parseCidr } from '../../src/lib/network-policy.ts';

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'hooks.example.com': ['9.9.9.9', '2620:fe::fe'],
  'inside.example.com': ['10.0.0.8'],
  'both.example.com': ['9.9.9.9', '::1'],
  'metadata.example.com': ['169.254.169.254'],
};

function problemOf(url: string, allowed: readonly string[] = []): Promise<string | undefined> {
  const policy = createNetworkPolicy(allowed.map((text) => parseCidr(text)!));
  return targetProblem(url, {
    refusal: (address) => policy.refusal(address),
    addressesOf: async (host) => ADDRESSES[host] ?? [],
  });
}

describe('a target', () => {
  const TARGETS: readonly [url: string, problem: RegExp | undefined][] = [
    ['https://hooks.example.com/a?b=c', undefined],
    ['HTTPS://Hooks.Example.COM:8443/', undefined],
    ['http://user:pass@hooks.example.com/', undefined],
    ['https://nowhere.example.com/', undefined],
    ['https://9.9.9.9/', undefined],
    ['hooks.example.com', /not a URL/],
    ['', /not a URL/],
    ['ftp://hooks.example.com/', /http/],
    ['javascript:alert(1)', /http/],
    [`https://hooks.example.com/${'x'.repeat(2048)}`, /2048 characters/],
    ['http://127.0.0.1/', /loopback/],
    ['http://0x7f.1/', /loopback/],
    ['http://2130706433/', /loopback/],
    ['http://[::1]:80/', /loopback/],
    ['http://[::ffff:10.0.0.1]/', /private/],
    ['http://localhost:8025/', /loopback/],
    ['http://a.LOCALHOST./', /loopback/],
    ['http://10.1.2.3/', /private/],
    ['http://inside.example.com/', /10\.0\.0\.8 is a private/],
    ['http://inside.example.com./', /private/],
    ['http://both.example.com/', /loopback/],
    ['http://metadata.example.com/latest', /link-local/],
  ];
  for (const [url, problem] of TARGETS) {
    test(`${url.slice(0, 60)} is ${problem === undefined ? 'taken' : 'refused'}`, async () => {
      const found = await problemOf(url);
      if (problem === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', problem);
    });
  }

  test('in a network that the operator allows is taken, by address and by name', async () => {
    assert.equal(await problemOf('http://localhost:9000/', ['127.0.0.0/8']), undefined);
    assert.equal(await problemOf('http://inside.example.com/', ['10.0.0.0/24']), undefined);
    assert.match((await problemOf('http://inside.example.com/', ['10.1.0.0/24'])) ?? '', /private/);
  });
});
