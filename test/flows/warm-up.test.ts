// An address that warms up sends what its day allows and no more, also over a restart; what is over uses another address of
// the pool, or waits untried.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandLine } from '../support/command-line.ts';
import { directSettings } from '../support/direct-delivery.ts';
import { startDnsServer } from '../support/dns-server.ts';
import { SENDER_DOMAIN, eventually, startInstallation, type Installation } from '../support/installation.ts';
import { startScriptedMx } from '../support/scripted-mx.ts';

const WARMING = '127.0.0.61';
const OTHER = '127.0.0.62';
/** Of the first day of the plan, for one provider. */
const ALLOWED = 50;

test('the allowance of the day holds over a restart; what is over waits untried, and new mail uses another address', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  const mx = await startScriptedMx();
  const dns = await startDnsServer({ 'far.test': { MX: [[10, 'mx.far.test']] }, 'mx.far.test': { A: [mx.address] } });
  let installation: Installation | undefined;
  const start = async (): Promise<Installation> =>
    (installation = await startInstallation({ data, env: directSettings(dns, mx) }));
  t.after(async () => {
    await installation?.stop();
    await mx.close();
    await dns.close();
    rmSync(data, { recursive: true, force: true });
  });
  const through = (ip: string): number => mx.messages.filter(({ client }) => client === ip).length;
  const send = async (running: Installation, count: number): Promise<void> => {
    const one = { From: `a@${SENDER_DOMAIN}`, Subject: 'Hello', TextBody: 'x' };
    const batch = Array.from({ length: count }, (_, at) => ({ ...one, To: `p${at}@far.test` }));
    assert.equal((await running.api('POST', '/email/batch', { body: batch })).status, 200);
  };
  const first = await start();
  const bulkhead = commandLine({ installation: first, dns });
  const added = await bulkhead('address', 'add', WARMING, '--pool', 'transactional', '--warm-up', 'default');
  assert.equal(added.code, 0);
  await eventually('the pool to send from the address alone', async () => {
    await send(first, 1);
    return through(WARMING) > 0 ? true : undefined;
  });
  await send(first, 60);
  await eventually('the allowance to be used and written down', async () => {
    const { out } = await bulkhead('address', 'list');
    return out.includes(`default, day 1 of 30: ${ALLOWED} of 200 today, 50 a provider`) ? true : undefined;
  });
  // A transaction that had to go to a second connection counts twice, which errs on the safe side.
  const sent = await eventually('what was allowed to have arrived', async () => {
    const arrived = through(WARMING);
    return arrived > ALLOWED - 5 ? arrived : undefined;
  });
  assert.ok(sent <= ALLOWED);
  const waiting = async (running: Installation): Promise<number> => {
    const { body } = await running.api('GET', '/status', { account: true });
    const lanes = body.Lanes as { ID: string; Queued: number }[];
    return lanes.find(({ ID }) => ID === 'transactional')?.Queued ?? 0;
  };
  const over = await waiting(first);
  assert.ok(over > 0);
  assert.equal((await first.api('GET', '/bounces?count=10&offset=0')).body.TotalCount, 0, 'no attempt, no event');

  assert.equal(await first.stop(), 0);
  const second = await start();
  assert.equal((await bulkhead('address', 'add', OTHER, '--pool', 'transactional')).code, 0);
  await eventually('the other address to be used', async () => {
    await send(second, 1);
    return through(OTHER) > 0 ? true : undefined;
  });
  await send(second, 20);
  await eventually('new mail to go through the other', async () => (through(OTHER) >= 21 ? true : undefined));
  assert.ok(through(WARMING) <= ALLOWED);
});
