// Addresses as people write them, and their names in reverse zones and block lists.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOwnAddress } from '../../src/domain/own-address.ts';
import { listedName, reverseName } from '../../src/mail/dns/reverse.ts';

const SPELLINGS: readonly [given: string, ip: string][] = [
  ['192.0.2.1', '192.0.2.1'],
  [' 192.0.2.1 ', '192.0.2.1'],
  ['10.0.0.1', '10.0.0.1'],
  ['127.0.0.2', '127.0.0.2'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['::1', '::1'],
  ['fd00::A', 'fd00::a'],
  ['host', 'host'],
  ['Host', 'host'],
];
for (const [given, ip] of SPELLINGS) {
  test(`'${given}' is the address ${ip}`, () => assert.deepEqual(readOwnAddress(given), { ip }));
}

const PROBLEMS: readonly [given: string, why: RegExp][] = [
  ['', /^an IP address of this machine is needed/],
  ['mta1.example.com', /'mta1\.example\.com' is a name; an IP address/],
  ['192.0.2.0/24', /is a network/],
  ['2001:db8::/32', /is a network/],
  ['192.0.2.1:25', /has a port or brackets; give the address alone: 192\.0\.2\.1$/],
  ['[2001:db8::1]:25', /give the address alone: 2001:db8::1$/],
  ['[2001:db8::1]', /give the address alone: 2001:db8::1$/],
  ['192.0.2.256', /is no IPv4 address/],
  ['192.0.2', /is no IPv4 address/],
  ['192.0.02.1', /is no IPv4 address/],
  ['2001:db8::1::2', /is no IP address/],
  ['::ffff:192.0.2.1', /write it as IPv4/],
  ['::192.0.2.1', /write it as IPv4/],
  ['fe80::1%eth0', /names a network interface/],
  ['fe80::1', /link-local/],
  ['0.0.0.0', /stands for no address in particular/],
  ['::', /stands for no address in particular/],
  ['224.0.0.1', /multicast/],
  ['ff02::1', /multicast/],
  ['255.255.255.255', /reserved/],
  ['all', /'all' is no IP address/],
  [`${'x'.repeat(500)}\u0007`, /^'x{60}' is no IP address/],
];
for (const [given, why] of PROBLEMS) {
  test(`'${given.slice(0, 40)}' is refused in words`, () => {
    const read = readOwnAddress(given);
    assert.ok('problem' in read, JSON.stringify(read));
    assert.match(read.problem, why);
  });
}

const NIBBLES = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2';
const NAMES: readonly [ip: string, reverse: string, listed: string][] = [
  ['192.0.2.99', '99.2.0.192.in-addr.arpa', '99.2.0.192.list.test'],
  ['2001:db8::1', `${NIBBLES}.ip6.arpa`, `${NIBBLES}.list.test`],
  ['2001:0DB8:0:0:0:0:0:1', `${NIBBLES}.ip6.arpa`, `${NIBBLES}.list.test`],
  ['::', `${Array(32).fill('0').join('.')}.ip6.arpa`, `${Array(32).fill('0').join('.')}.list.test`],
];
for (const [ip, reverse, listed] of NAMES) {
  test(`${ip} has its reverse name, and its name in a block list`, () => {
    assert.equal(reverseName(ip), reverse);
    assert.equal(listedName(ip, 'list.test'), listed);
  });
}

test('the reverse name of an IPv4 address in IPv6 form has all 32 digits', () => {
  assert.equal(reverseName('::ffff:192.0.2.1').split('.').length, 34);
  assert.match(reverseName('::ffff:192.0.2.1'), /^1\.0\.2\.0\.0\.0\.0\.c\.f\.f\.f\.f\.0\./);
});
