// The door for mail from outside, in the words of SMTP: what is told to whom, and when a 250 may be given.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInbound } from '../../src/doors/mx/inbound.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { SessionContext } from '../../src/mail/smtp/handlers.ts';
import type { Reply } from '../../src/mail/smtp/reply.ts';
import { encodeReturnPath } from '../../src/mail/verp.ts';
import { CORPUS_KEY, CORPUS_MESSAGE, reportSamples } from '../support/report-corpus.ts';
import { corpusMessage, DAY_MS, receiveWorld, type ReceiveWorld } from '../support/receive-fixture.ts';

const CTX: SessionContext = {
  id: 's1',
  remoteAddress: '192.0.2.80',
  remotePort: 1,
  localAddress: '192.0.2.1',
  localPort: 25,
  tls: false,
  tlsProtocol: undefined,
  tlsServerName: undefined,
  heloName: 'mx.example.net',
};
const RETURN_PATH = `${encodeReturnPath({ uuid: CORPUS_MESSAGE, recipient: 0 }, CORPUS_KEY)}@bounces.example.org`;
const HARD = reportSamples().find(({ name }) => name === 'postfix-no-mailbox')?.raw ?? assert.fail('no sample');

function door(world: ReceiveWorld) {
  const handlers = createInbound({ receive: world.receive, log: silentLog });
  return {
    rcpt: (address: string): Reply | undefined => handlers.reception?.recipient(address, CTX),
    message: (recipients: readonly string[], data: Buffer): Promise<Reply> =>
      handlers.message(
        { principal: { kind: 'anybody' }, mailFrom: '', recipients, data, smtpUtf8: false, body: '7BIT', ctx: CTX },
        new AbortController().signal,
      ),
  };
}

const text = (reply: Reply | undefined): string =>
  reply === undefined ? 'taken' : `${reply.code} ${reply.enhanced ?? ''} ${String(reply.text)}`;

test('a forged return path and an unknown mailbox get the same words; each is counted as what it is', async () => {
  const world = receiveWorld(corpusMessage('bob@example.net'));
  const { rcpt } = door(world);
  assert.equal(text(rcpt(RETURN_PATH)), 'taken');
  const forged = rcpt(RETURN_PATH.replace(/^rp-../, 'rp-vv'));
  assert.equal(text(forged), '550 5.1.1 Nobody here has this address');
  assert.deepEqual(rcpt('x@mail.example.org'), forged);
  assert.match(text(rcpt('x@elsewhere.example')), /^550 5\.7\.1 /);
  world.now += 40 * DAY_MS;
  assert.match(text(rcpt(RETURN_PATH)), /^550 5\.1\.1 .*too long ago/);
  const metrics = await world.metrics.render();
  for (const reason of ['forged', 'unknown', 'elsewhere', 'expired'])
    assert.match(metrics, new RegExp(`reports_total\\{result="refused",reason="${reason}"\\} 1`));
});

test('what is believed and what is not get the same 250', async () => {
  const world = receiveWorld(corpusMessage('bob@example.net'));
  const { message } = door(world);
  const believed = await message([RETURN_PATH, RETURN_PATH], HARD);
  const dropped = await message(['abuse@mail.example.org'], HARD);
  assert.equal(text(believed), '250 2.0.0 Ok: taken');
  assert.deepEqual(dropped, believed);
  assert.equal(world.recorded.length, 1);
});

test('a 250 comes after the fact is on disk; while it cannot be written the answer is 451, and nothing is lost', async () => {
  const written = Promise.withResolvers<void>();
  const world = receiveWorld(corpusMessage('bob@example.net'), { record: () => written.promise });
  let answered = false;
  const waiting = door(world).message([RETURN_PATH], HARD);
  void waiting.then(() => (answered = true));
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(answered, false);
  written.reject(new Error('the disk is full'));
  assert.match(text(await waiting), /^451 4\.3\.0 /);
});
