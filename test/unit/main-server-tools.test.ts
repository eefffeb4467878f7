// Which URLs and inbound domains an installation takes for its servers, by its settings and its DNS.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { readConfig } from '../../src/main/config.ts';
import { serverTools } from '../../src/main/server-tools.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startDnsServer } from '../support/dns-server.ts';

async function tools(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const dns = await startDnsServer({
    'good.test': { MX: [[10, 'inbound.mail.here.test']] },
    'host.test': { MX: [[10, 'mail.here.test']] },
    'other.test': { MX: [[10, 'mx.elsewhere.test']] },
    'none.test': { A: ['9.9.9.9'] },
    'inside.test': { A: ['10.0.0.8'] },
    'inside6.test': { AAAA: ['fd00::8'] },
    'broken.test': 'servfail',
  });
  t.after(() => dns.close());
  const all = { BULKHEAD_HOSTNAME: 'mail.here.test', BULKHEAD_DNS: dns.address, ...env };
  const read = readConfig({ env: all, folder: '/nowhere' });
  assert.ok('config' in read);
  return serverTools({ config: read.config, hashToken: (token) => token, http: () => [], clock: systemClock });
}

test('a target is judged by the addresses that its name has, and by what the operator allows', async (t) => {
  const { urlProblem } = await tools(t);
  assert.equal(await urlProblem('https://none.test/'), undefined);
  assert.equal(await urlProblem('https://broken.test/'), undefined);
  assert.match((await urlProblem('https://inside.test/')) ?? '', /10\.0\.0\.8 is a private/);
  assert.match((await urlProblem('https://inside6.test/')) ?? '', /fd00::8 is a private/);
  const allowing = await tools(t, { BULKHEAD_ALLOW_NETWORKS: '10.0.0.0/8,127.0.0.0/8' });
  assert.equal(await allowing.urlProblem('https://inside.test/'), undefined);
  assert.equal(await allowing.urlProblem('http://localhost:9000/'), undefined);
});

test('the MX of an inbound domain leads here', async (t) => {
  const { mxProblem } = await tools(t);
  assert.equal(await mxProblem('good.test'), undefined);
  assert.equal(await mxProblem('host.test'), undefined);
  assert.equal(await mxProblem('other.test'), 'its MX leads to mx.elsewhere.test');
  assert.equal(await mxProblem('none.test'), 'it has none');
  assert.equal(await mxProblem('nowhere.test'), 'the domain does not exist');
  assert.match((await mxProblem('broken.test')) ?? '', /^DNS gave no answer/);
});

test('the names of the installation itself are known, and deletion is off until it is switched on', async (t) => {
  const { ownNames, inboundDomain, deletion } = await tools(t);
  assert.equal(inboundDomain, 'inbound.mail.here.test');
  assert.deepEqual(ownNames.toSorted(), [
    'broadcasts.mail.here.test',
    inboundDomain,
    'mail.here.test',
    'mail.here.test',
  ]);
  assert.equal(deletion, false);
  assert.equal((await tools(t, { BULKHEAD_SERVER_DELETION: 'true' })).deletion, true);
});
