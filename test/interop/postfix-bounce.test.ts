// A real Postfix takes our mail, sends it on, is refused there, and writes us what became of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, startInstallation } from '../support/installation.ts';
import { freePort, skipWithout, startKnot, startPostfixMx } from '../support/real-programs.ts';
import { startScriptedMx } from '../support/scripted-mx.ts';

const skip = skipWithout('postfix', 'knotd');
const DEADLINE_MS = 30_000;

test('what Postfix finds out later comes back as a bounce of the recipient that we sent to', { skip }, async (t) => {
  const mxPort = await freePort();
  const behind = await startScriptedMx({
    rcpt: () => '550 5.1.1 <gone@behind.test>: Recipient address rejected: User unknown',
  });
  const postfix = await startPostfixMx('rcpt.test', ['ann'], {
    aliases: { 'moved@rcpt.test': 'gone@behind.test' },
    routes: { 'behind.test': `127.0.0.1:${behind.port}`, 'mail.bulkhead.test': `127.0.0.1:${mxPort}` },
  });
  const dns = await startKnot(['rcpt MX 10 mx.rcpt', 'mx.rcpt A 127.0.0.1']);
  const installation = await startInstallation({
    env: {
      BULKHEAD_DELIVERY: 'direct',
      BULKHEAD_DNS: dns.server,
      BULKHEAD_MX_PORT: String(postfix.port),
      BULKHEAD_MX: `127.0.0.1:${mxPort}`,
      BULKHEAD_ALLOW_NETWORKS: '127.0.0.0/8',
    },
  });
  t.after(async () => {
    await installation.stop();
    await Promise.all([dns.stop(), behind.close()]);
    postfix.stop();
  });

  const fields = { From: 'a@sender.test', To: 'moved@rcpt.test', Subject: 'Hello', TextBody: 'x' };
  const sent = await installation.send(fields);
  const bounce = await eventually(
    'the bounce from Postfix',
    async () => {
      const answer = await installation.api('GET', '/bounces?count=10&offset=0');
      return answer.body.Bounces[0];
    },
    DEADLINE_MS,
  ).catch((error: unknown) => assert.fail(`${String(error)}\n${postfix.log()}`));
  assert.deepEqual(
    [bounce.Email, bounce.Type, bounce.Inactive, bounce.MessageID],
    ['moved@rcpt.test', 'HardBounce', true, sent.body.MessageID],
  );
  assert.match(bounce.Details, /^smtp;550 5\.1\.1 .*User unknown/);
  const dump = await installation.api('GET', `/bounces/${bounce.ID}/dump`);
  assert.match(dump.body.Body, /^This is the mail system at host mx\.rcpt\.test\./m);
  assert.match(postfix.log(), /relay=127\.0\.0\.1\[127\.0\.0\.1\]:\d+.*status=sent \(250 2\.0\.0 Ok: taken\)/);
});
