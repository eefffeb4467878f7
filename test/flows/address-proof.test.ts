// Addresses that DNS speaks against while the server runs: another of the pool takes over, and without any the mail waits,
// says why, and goes on when it is mended. The far side's view of the peer decides.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine } from '../support/command-line.ts';
import { has, startDeliveryWorld } from '../support/delivery-world.ts';
import { eventually } from '../support/installation.ts';

const FIRST = '127.0.0.41';
const SECOND = '127.0.0.42';
const CHECKS = { BULKHEAD_ADDRESS_CHECKS: 'bound,ptr,ehlo,dnsbl', BULKHEAD_DNSBL_ZONES: 'list.test' };

test('an address that a block list has is left alone, the last one without a name makes the lane wait, and mending frees both', async (t) => {
  const w = await startDeliveryWorld({ ...CHECKS, BULKHEAD_ADDRESS_CHECK_EVERY: '1', BULKHEAD_LOG: 'info' });
  t.after(() => w.stop());
  const bulkhead = commandLine(w, CHECKS);
  const mx = await w.host({}, 'far.test');
  const named = (name: string) => ({ PTR: [name] });
  w.dns.set('41.0.0.127.in-addr.arpa', named('a.out.test'));
  w.dns.set('42.0.0.127.in-addr.arpa', named('b.out.test'));
  w.dns.set('a.out.test', { A: [FIRST] });
  w.dns.set('b.out.test', { A: [SECOND] });
  for (const [ip, ehlo] of [
    [FIRST, 'a.out.test'],
    [SECOND, 'b.out.test'],
  ] as const) {
    const added = await bulkhead('address', 'add', ip, '--pool', 'transactional', '--ehlo', ehlo);
    assert.equal(added.code, 0, added.out + added.err);
    assert.match(added.out, new RegExp(`${ip} \\(${ehlo}\\) of pool 'transactional': fit`));
  }
  const verdicts = async (): Promise<string> => {
    const { body } = await w.installation.api('GET', '/addresses?pool=transactional', { account: true });
    const own = (body.Addresses as { Address: string; Proof: { Verdict: string } | null }[]).slice(-2);
    return own.map(({ Proof }) => Proof?.Verdict).join();
  };
  const becomes = (wanted: string): Promise<true> =>
    eventually(`the addresses to be ${wanted}`, async () => ((await verdicts()) === wanted ? true : undefined), 20_000);
  const clients = async (count: number): Promise<Set<string>> => {
    const from = mx.messages.length;
    for (let at = 0; at < count; at += 1) await w.events(await w.send(`m${at}@far.test`), has('Delivered'));
    return new Set(mx.messages.slice(from).map(({ client }) => client));
  };

  w.dns.set('41.0.0.127.list.test', { A: ['127.0.0.2'], TXT: [['sent to traps']] });
  await becomes('Quarantined,Fit');
  await eventually('the lane to let go of the address', async () => {
    const used = await clients(2);
    return used.size === 1 && used.has(SECOND) ? true : undefined;
  });
  assert.deepEqual(await clients(4), new Set([SECOND]));

  w.dns.set('42.0.0.127.in-addr.arpa', {});
  await becomes('Quarantined,Quarantined');
  const why = await eventually('the lane to say why it waits', async () => {
    const { body } = await w.installation.api('GET', '/status', { account: true });
    const lanes = body.Lanes as { ID: string; WaitsBecause: string | null }[];
    return lanes.find(({ ID }) => ID === 'transactional')?.WaitsBecause ?? undefined;
  });
  assert.match(why, /127\.0\.0\.41: list\.test lists 127\.0\.0\.41 \(127\.0\.0\.2\): sent to traps/);
  assert.match(why, /127\.0\.0\.42: 127\.0\.0\.42 has no PTR record/);
  const before = mx.messages.length;
  const held = await w.send('held@far.test');
  const other = await w.send('b@far.test', { MessageStream: 'broadcast' });
  await w.events(other, has('Delivered'));
  assert.equal(mx.messages.length, before + 1, 'only the other lane sends');
  const checked = await bulkhead('address', 'check', SECOND);
  assert.equal(checked.code, 1);
  assert.match(checked.out, /quarantined\n {2}FAILED 127\.0\.0\.42 has no PTR record/);

  w.dns.set('42.0.0.127.in-addr.arpa', 'servfail');
  const unsure = await bulkhead('address', 'check', SECOND);
  assert.match(unsure.out, /FAILED 127\.0\.0\.42 has no PTR record.*\n {2}note {3}it could not be found out what/);
  w.dns.set('42.0.0.127.in-addr.arpa', named('b.out.test'));
  await w.events(held, has('Delivered'));
  assert.equal(mx.messages.find(({ rcptTo }) => rcptTo.join() === 'held@far.test')?.client, SECOND);
  w.dns.set('41.0.0.127.list.test', {});
  await becomes('Fit,Fit');

  const log = w.installation.output();
  const quarantined = log.split('\n').filter((line) => line.includes('an address is quarantined'));
  assert.deepEqual(
    quarantined.map((line) => (JSON.parse(line) as { address: string }).address),
    [FIRST, SECOND],
    'each is said once',
  );
  assert.match(log, /an address is fit again/);
  const metrics = await fetch(`${w.installation.http}/metrics`);
  assert.match(await metrics.text(), /bulkhead_addresses\{lane="transactional",verdict="fit"\} 2/);
});
