// SIGTERM: ends in time with exit code 0, every client knows what became of its message, nothing accepted is lost, and
// nothing is sent twice.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { allArrived, checkActivity, prove } from '../support/delivery-proof.ts';
import { directWorld, LOAD_DOMAINS } from '../support/direct-delivery.ts';
import { eventually, SERVER_TOKEN, type Installation } from '../support/installation.ts';
import { errorsIn, untilEmpty } from '../support/kill-rounds.ts';
import { jsonMessage, rawMessage } from '../support/load-message.ts';
import { talkSmtp, type SmtpTalk } from '../support/smtp-talk.ts';
import { newBook, startLoad } from '../support/submit-load.ts';

/** The promised 10 s, and what a busy machine adds. */
const STOPPED_WITHIN_MS = 15_000;

async function stopped(installation: Installation): Promise<{ code: number | null; ms: number }> {
  const from = Date.now();
  const code = await installation.stop();
  return { code, ms: Date.now() - from };
}

test('SIGTERM under load: exit code 0 in time, what was accepted is answered and arrives once', async (t) => {
  const { sink, start } = await directWorld(t);
  const book = newBook();
  sink.slowness(20);
  const first = await start();
  const load = startLoad(first, book, { domains: LOAD_DOMAINS });
  await load.accepted(300);
  const { code, ms } = await stopped(first);
  await load.stop();
  assert.equal(code, 0);
  assert.ok(ms < STOPPED_WITHIN_MS, `stopped after ${ms} ms`);
  assert.deepEqual(errorsIn(first), []);

  sink.slowness(0);
  const second = await start();
  await eventually('what was left at the sink', async () => allArrived(book, sink) || undefined, 60_000);
  await untilEmpty(second, 30_000);
  assert.deepEqual(await checkActivity({ http: second.http, book, deadlineMs: 30_000 }), []);
  const { lost, duplicates, kept, broken, accepted, unanswered } = prove(book, sink);
  t.diagnostic(`${accepted} accepted, ${unanswered} without an answer, stopped after ${ms} ms`);
  assert.deepEqual({ lost, duplicates, kept, broken }, { lost: [], duplicates: [], kept: [], broken: [] });
  const silent = book.submissions.filter(({ answer, recipients }) => {
    return answer === 'unanswered' && recipients.some((to) => sink.copies.has(to));
  });
  assert.deepEqual(silent, [], 'nothing was taken without telling its sender');
  assert.equal(await second.stop(), 0);
});

/** A transaction up to the middle of its content. */
async function beginMessage(port: number, id: number): Promise<{ talk: SmtpTalk; rest: string }> {
  const talk = await talkSmtp(port);
  await talk.signIn(SERVER_TOKEN);
  const message = { id, recipients: [`${id}-0@one.test`] };
  await talk.ask('MAIL FROM:<load@sender.test>');
  await talk.ask(`RCPT TO:<${message.recipients[0]}>`);
  assert.equal((await talk.ask('DATA')).code, 354);
  const content = `${rawMessage(message).replaceAll(/^\./gm, '..')}.\r\n`;
  talk.write(content.slice(0, 400));
  return { talk, rest: content.slice(400) };
}

test('SIGTERM lets messages on their way finish, says 421 to the idle, and waits for nobody who stalls', async (t) => {
  const { sink, start } = await directWorld(t);
  const first = await start();
  const idle = await talkSmtp(first.smtpPort);
  const finishing = await beginMessage(first.smtpPort, 1);
  const stalling = await beginMessage(first.broadcastPort, 2);
  const stallingHttp = connect({ port: Number(new URL(first.http).port), host: '127.0.0.1' });
  await once(stallingHttp, 'connect');
  stallingHttp.on('error', () => stallingHttp.destroy());
  stallingHttp.write(
    `POST /email HTTP/1.1\r\nHost: x\r\nX-Postmark-Server-Token: ${SERVER_TOKEN}\r\nContent-Type: application/json\r\n` +
      `Content-Length: 1000\r\n\r\n{"From":`,
  );
  sink.hold('three.test');
  const held = await first.send(jsonMessage({ id: 3, recipients: ['3-0@three.test'] }, 'outbound'));
  assert.equal(held.status, 200);
  await eventually('the held message at the sink', async () => sink.held === 1 || undefined);

  const ending = stopped(first);
  assert.match((await idle.reply()).text, /^421 4\.3\.2 /);
  finishing.talk.write(finishing.rest);
  assert.match((await finishing.talk.reply()).text, /^250 2\.0\.0 Ok: queued as /);
  assert.match((await finishing.talk.reply()).text, /^421 4\.3\.2 /);
  await assert.rejects(talkSmtp(first.smtpPort), 'no new session');
  const { code, ms } = await ending;
  await assert.rejects(stalling.talk.reply(), /closed|ECONNRESET/);
  assert.equal(code, 0);
  t.diagnostic(`stopped after ${ms} ms`);
  assert.ok(ms < STOPPED_WITHIN_MS, `stopped after ${ms} ms`);

  sink.release();
  const second = await start();
  await eventually('the finished message', async () => sink.copies.has('1-0@one.test') || undefined, 30_000);
  const { body } = await second.api('GET', '/status');
  const queued = body.Lanes.map(({ ID, Queued }: { ID: string; Queued: number }) => [ID, Queued]);
  assert.deepEqual(queued, [
    ['transactional', 1],
    ['broadcast', 0],
  ]);
  assert.equal(await second.stop(), 0);
});
