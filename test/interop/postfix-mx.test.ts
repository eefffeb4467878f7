// The whole way: accepted over HTTP and SMTP, signed by a domain that a real DNS zone proves, delivered to a real Postfix, and
// read back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { authenticate } from 'mailauth';
import nodemailer from 'nodemailer';
import { addDomain } from '../../src/core/manage-domains.ts';
import { verifyDkim } from '../../src/core/verify-domain.ts';
import { dkimHost } from '../../src/domain/dkim-key.ts';
import { openControl } from '../../src/main/open-control.ts';
import { readConfig } from '../../src/main/config.ts';
import { createResolver } from '../../src/backends/net/resolver.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { eventually, SERVER_TOKEN, startInstallation, type Installation } from '../support/installation.ts';
import { skipWithout, startKnot, startPostfixMx, type RealDns, type RealPostfix } from '../support/real-programs.ts';

const skip = skipWithout('postfix', 'knotd');
const RECORDS = ['rcpt MX 10 mx.rcpt', 'mx.rcpt A 127.0.0.1'];

describe('a real Postfix as MX and a real zone', { skip }, () => {
  let postfix: RealPostfix;
  let dns: RealDns;
  let installation: Installation;
  const records = [...RECORDS];

  before(async () => {
    postfix = await startPostfixMx('rcpt.test', ['ann', 'bob']);
    dns = await startKnot(records);
    installation = await startInstallation({
      env: {
        BULKHEAD_DELIVERY: 'direct',
        BULKHEAD_DNS: dns.server,
        BULKHEAD_MX_PORT: String(postfix.port),
        BULKHEAD_ALLOW_NETWORKS: '127.0.0.0/8',
      },
    });
  });
  after(async () => {
    await installation?.stop();
    await dns?.stop();
    postfix?.stop();
  });

  test('a domain is verified by its published key, and what it sends passes DKIM at the receiver', async () => {
    const read = readConfig({ env: { BULKHEAD_DATA: installation.data }, folder: installation.data });
    assert.ok('config' in read);
    const { store } = await openControl(read.config);
    const accountId = (await store.firstAccount()) ?? assert.fail('no account');
    const deps = {
      store,
      clock: systemClock,
      rules: { returnPathTarget: 'mail.bulkhead.test', graceMs: 0, checkEveryMs: 86_400_000 },
      resolver: createResolver({ servers: [dns.server], cacheSize: 10, timeoutMs: 2000, clock: systemClock }),
    };
    const added = await addDomain(deps, accountId, { name: 'brand.test' });
    assert.ok(added.kind === 'done');
    const { domain, keys } = added.view;
    const key = keys[0] ?? assert.fail('no key');

    const tooEarly = await verifyDkim(deps, domain);
    assert.equal(tooEarly.findings[0]?.state, 'absent');
    records.push(`${dkimHost(key).replace(/\.test$/, '')} TXT ${inStrings(key.recordValue)}`);
    await dns.serve(records);
    const fresh = createResolver({ servers: [dns.server], cacheSize: 10, timeoutMs: 2000, clock: systemClock });
    const { findings } = await verifyDkim({ ...deps, resolver: fresh }, domain);
    assert.deepEqual(
      findings.map(({ state }) => state),
      ['right'],
      JSON.stringify(findings),
    );

    const sent = await installation.send({
      From: 'News <news@brand.test>',
      To: 'ann@rcpt.test',
      Subject: 'Grüße',
      TextBody: 'Guten Tag, Änne',
    });
    assert.equal(sent.body.Message, 'OK', JSON.stringify(sent.body));
    const mail = await eventually('the message at Postfix', async () => postfix.mails('ann')[0]);
    const result = await authenticate(Buffer.from(mail.replace(/\r?\n/g, '\r\n'), 'latin1'), {
      ip: '127.0.0.1',
      helo: 'mail.bulkhead.test',
      sender: 'x@mail.bulkhead.test',
      resolver: async (name: string, type: string) => {
        if (type !== 'TXT') return [];
        const answer = await fresh.txt(name);
        return answer.kind === 'found' ? answer.records.map((text) => [text]) : [];
      },
    });
    assert.equal(result.dkim.results[0]?.status.result, 'pass', JSON.stringify(result.dkim.results));
    assert.equal(result.dkim.results[0]?.signingDomain, 'brand.test');
    assert.match(mail, /^Return-Path: <[a-z0-9-]+@mail\.bulkhead\.test>$/m);
    assert.match(mail, new RegExp(`^X-PM-Message-Id: ${sent.body.MessageID}$`, 'm'));
    assert.match(mail, /with ESMTPS/, 'STARTTLS was used');
    await store.close();
  });

  test('what Postfix says is read back: delivered with its reply, and a hard bounce that suppresses', async () => {
    const sent = await installation.send({
      From: 'a@sender.test',
      To: 'bob@rcpt.test, nobody@rcpt.test',
      Subject: 'two',
      TextBody: 'x',
    });
    const details = await eventually('both outcomes', async () => {
      const answer = await installation.api('GET', `/messages/outbound/${sent.body.MessageID}/details`);
      return answer.body.MessageEvents?.length === 2 ? answer.body : undefined;
    });
    const delivered = details.MessageEvents.find((event: { Type: string }) => event.Type === 'Delivered');
    assert.equal(delivered.Recipient, 'bob@rcpt.test');
    assert.match(delivered.Details.DeliveryMessage, /^smtp;250 2\.0\.0 Ok: (?:\d+ bytes )?queued as/);
    assert.equal(delivered.Details.DestinationIP, '127.0.0.1');
    const bounces = await installation.api('GET', '/bounces?count=10&offset=0');
    const bounce = bounces.body.Bounces.find((row: { Email: string }) => row.Email === 'nobody@rcpt.test');
    assert.equal(bounce.Type, 'HardBounce');
    assert.equal(bounce.Inactive, true);
    assert.match(bounce.Details, /550 5\.1\.1/);
    const again = await eventually('the suppression', async () => {
      const answer = await installation.send({ From: 'a@sender.test', To: 'nobody@rcpt.test', TextBody: 'x' });
      return answer.status === 422 ? answer : undefined;
    });
    assert.equal(again.body.ErrorCode, 406);
    assert.match(again.body.Message, /Found inactive addresses: nobody@rcpt\.test\. Inactive/);
  });

  test('a message over SMTP with STARTTLS reaches its Bcc recipient without naming him', async () => {
    const transport = nodemailer.createTransport({
      host: '127.0.0.1',
      port: installation.smtpPort,
      requireTLS: true,
      tls: { rejectUnauthorized: false },
      auth: { user: SERVER_TOKEN, pass: SERVER_TOKEN },
    });
    const info = await transport.sendMail({
      from: 'a@sender.test',
      to: 'ann@rcpt.test',
      bcc: 'bob@rcpt.test',
      subject: 'blind',
      text: 'x',
      headers: { 'X-PM-Tag': 't' },
    });
    assert.match(info.response, /^250 2\.0\.0 Ok: queued as [0-9a-f-]{36}$/);
    const blind = await eventually('the blind copy', async () =>
      postfix.mails('bob').find((mail) => mail.includes('Subject: blind')),
    );
    // What Postfix itself puts before it may name the envelope recipient.
    const written = blind.slice(blind.search(/^DKIM-Signature:/m));
    assert.ok(!/bob/i.test(written), written);
    transport.close();
  });
});

/** A TXT value in character strings of 255 octets at most (RFC 1035 3.3.14). */
function inStrings(value: string): string {
  return (value.match(/.{1,250}/g) ?? []).map((part) => `"${part.replaceAll(';', '\\;')}"`).join(' ');
}
