// A whole installation and MTA-STS: the policy is fetched beside the lanes, enforced in them, seen over HTTP and on the
// command line, and still there after a restart.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { has, runBulkhead, startDeliveryWorld } from '../support/delivery-world.ts';
import { eventually } from '../support/installation.ts';
import { startPolicyWeb } from '../support/policy-web.ts';
import { skipWithout } from '../support/real-programs.ts';
import { issue, makeRoot } from '../support/test-ca.ts';

const skip = skipWithout('openssl');

test('a policy is enforced, shown, and kept', { skip }, async (t) => {
  const root = makeRoot();
  const folder = mkdtempSync(join(tmpdir(), 'tls-policies-'));
  writeFileSync(join(folder, 'root.pem'), root.cert);
  const web = await startPolicyWeb(issue(root, { names: ['mta-sts.strict.test'] }), {
    body: 'version: STSv1\nmode: enforce\nmx: mx1.test\nmax_age: 86400\n',
  });
  const world = await startDeliveryWorld({
    BULKHEAD_STS_PORT: String(web.port),
    NODE_EXTRA_CA_CERTS: join(folder, 'root.pem'),
  });
  t.after(async () => {
    await world.stop();
    await web.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const good = issue(root, { names: ['mx1.test'] });
  const mx = await world.host({ certificate: good }, 'strict.test', 'lax.test');
  world.dns.set('_mta-sts.strict.test', { TXT: [['v=STSv1; id=1;']] });
  world.dns.set('mta-sts.strict.test', { A: ['127.0.0.1'] });

  await world.events(await world.send('ann@strict.test'), has('Delivered'));
  await world.events(await world.send('ann@lax.test'), has('Delivered'));
  assert.deepEqual(web.requests, [`mta-sts.strict.test:${web.port}/.well-known/mta-sts.txt`]);

  const { installation } = world;
  const shown = await eventually('the session to be shown', async () => {
    const answer = await installation.api('GET', '/tls/strict.test', { account: true });
    return answer.status === 200 && answer.body.SucceededToday === 1 ? answer.body : undefined;
  });
  assert.equal(shown.Policy.Mode, 'enforce');
  assert.equal(shown.Hosts[0].VerifiedBy, 'mta-sts');
  const all = await installation.api('GET', '/tls', { account: true });
  assert.deepEqual(
    all.body.Destinations.map((each: { Domain: string }) => each.Domain),
    ['lax.test', 'strict.test'],
  );
  assert.match(await runBulkhead(installation, 'tls'), /strict\.test +mta-sts enforce +1 +0/);
  assert.match(
    await runBulkhead(installation, 'tls', 'strict.test'),
    /MTA-STS, mode enforce for mx1\.test[^]*mx1\.test \(127\.0\.1\.1\): TLSv1\.3 \S+, verified by mta-sts/,
  );
  await assert.rejects(runBulkhead(installation, 'tls', 'nowhere.test'), /nothing is known of nowhere\.test/);

  // Nothing proves whose host it is: what requires TLS bounces, and says why.
  const bounced = await world.events(await world.send('ann@lax.test', { RequireTLS: true }), has('Bounced'));
  const said = bounced.find(({ Type }) => Type === 'Bounced')?.Details['Summary'] ?? '';
  assert.match(said, /REQUIRETLS/);

  // The same host with another certificate: connections are not used again, new ones must prove themselves.
  mx.play({ certificate: issue(makeRoot('stranger'), { names: ['mx1.test'] }), mail: () => ({ then: 'end' }) });
  const events = await world.events(await world.send('bob@strict.test'), (all_) =>
    all_.some(({ Details }) => /no trusted issuer/.test(Details['DeliveryMessage'] ?? '')),
  );
  assert.ok(!has('Delivered')(events));
});
