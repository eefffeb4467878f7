// Addresses that others may not send us to, in all their spellings, and what the operator allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNetworkPolicy, parseCidr, type Cidr } from '../../src/lib/network-policy.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  assert.ok(parsed !== undefined);
  return parsed;
};

const REFUSED: readonly [string, RegExp][] = [
  ['127.0.0.1', /loopback/],
  ['127.255.255.254', /loopback/],
  ['::1', /loopback/],
  ['::ffff:127.0.0.1', /loopback/],
  ['::ffff:7f00:1', /loopback/],
  ['0:0:0:0:0:ffff:127.0.0.1', /loopback/],
  ['64:ff9b::127.0.0.1', /loopback/],
  ['0.0.0.0', /unspecified/],
  ['0.1.2.3', /unspecified/],
  ['::', /unspecified/],
  ['10.0.0.1', /private/],
  ['172.16.0.1', /private/],
  ['172.31.255.255', /private/],
  ['192.168.1.1', /private/],
  ['64:ff9b::a00:1', /private/],
  ['fd12:3456::1', /private/],
  ['fec0::1', /private/],
  ['169.254.169.254', /link-local/],
  ['fe80::1', /link-local/],
  ['fe80::1%eth0', /network interface/],
  ['100.64.0.1', /carrier-grade/],
  ['224.0.0.1', /multicast/],
  ['ff02::1', /multicast/],
  ['192.0.2.1', /documentation/],
  ['2001:db8::1', /documentation/],
  ['198.18.0.1', /benchmarking/],
  ['240.0.0.1', /reserved/],
  ['255.255.255.255', /reserved/],
  ['2002:7f00:1::', /reserved/],
  ['2001:0:1::1', /reserved/],
  ['::127.0.0.1', /reserved/],
  ['100::1', /reserved/],
  ['127.1', /not an IP address/],
  ['0x7f.0.0.1', /not an IP address/],
  ['2130706433', /not an IP address/],
  ['localhost', /not an IP address/],
  ['', /not an IP address/],
];
for (const [address, reason] of REFUSED) {
  test(`${address || 'nothing'} is refused`, () => assert.match(createNetworkPolicy().refusal(address) ?? '', reason));
}

const PUBLIC = [
  '1.1.1.1',
  '172.32.0.1',
  '100.128.0.1',
  '9.255.255.255',
  '2606:4700::1111',
  '2a00:1450::1',
  '64:ff9b::101:101',
];
for (const address of [...PUBLIC, '::ffff:1.1.1.1']) {
  test(`${address} is public`, () => assert.equal(createNetworkPolicy().refusal(address), undefined));
}

test('an allowed network is allowed in every spelling, and nothing beside it', () => {
  const policy = createNetworkPolicy([cidr('127.0.0.0/30'), cidr('fd00::/16')]);
  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '64:ff9b::127.0.0.1', 'fd00::5']) {
    assert.equal(policy.refusal(address), undefined, address);
  }
  for (const address of ['127.0.0.4', '::1', 'fd01::5', '10.0.0.1']) assert.ok(policy.refusal(address), address);
});

const CIDRS: readonly [string, Cidr | undefined][] = [
  ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8, family: 'ipv4' }],
  [' 10.0.0.0/8 ', { address: '10.0.0.0', prefix: 8, family: 'ipv4' }],
  ['127.0.0.1', { address: '127.0.0.1', prefix: 32, family: 'ipv4' }],
  ['::1', { address: '::1', prefix: 128, family: 'ipv6' }],
  ['fd00::/8', { address: 'fd00::', prefix: 8, family: 'ipv6' }],
  ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0, family: 'ipv4' }],
  ['10.0.0.0/33', undefined],
  ['::/129', undefined],
  ['10.0.0.0/', undefined],
  ['10.0.0.0/-1', undefined],
  ['10.0.0/8', undefined],
  ['example.com/8', undefined],
  ['fe80::1%eth0/64', undefined],
  ['', undefined],
];
for (const [text, expected] of CIDRS) {
  test(`${JSON.stringify(text)} is ${expected === undefined ? 'no CIDR' : 'a CIDR'}`, () =>
    assert.deepEqual(parseCidr(text), expected));
}
