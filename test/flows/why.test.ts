// Why is this message not there? Asked of a whole installation, over HTTP and on the command line.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { commandLine } from '../support/command-line.ts';
import { has, startDeliveryWorld, type DeliveryWorld } from '../support/delivery-world.ts';
import { eventually, type ApiAnswer } from '../support/installation.ts';

const MINUTE = 60_000;

describe('why', { concurrency: 4 }, () => {
  let world: DeliveryWorld;
  let bulkhead: ReturnType<typeof commandLine>;
  before(async () => {
    world = await startDeliveryWorld({ BULKHEAD_RETRY_LONGEST: '60' });
    bulkhead = commandLine(world);
  });
  after(() => world?.stop());

  const why = (id: string, account = false): Promise<ApiAnswer> =>
    world.installation.api('GET', `/messages/outbound/${id}/why`, { account });

  /** The explanation, as soon as it is in this state. */
  async function told(id: string, state: string, enough = (_body: ApiAnswer['body']): boolean => true) {
    return eventually(`${id} to be ${state}`, async () => {
      const { status, body } = await why(id);
      assert.equal(status, 200, JSON.stringify(body));
      return body.State === state && enough(body) ? body : undefined;
    });
  }

  const textOf = (lines: readonly string[]): string => lines.map((line) => line.replace(/^\d+ /, '')).join('\n');

  test('a delivered message tells through what it left, who took it, and what was said', async () => {
    await world.host({}, 'fine.test');
    const { Summary, Recipients, Lane } = await told(await world.send('ann@fine.test'), 'delivered');
    assert.equal(Lane, 'transactional');
    assert.match(Summary, /^mx\d\.test \(127\.0\.1\.\d\) took it over: 250 2\.0\.0 taken\./);
    const [{ Attempts, NextAttemptAt }] = Recipients;
    assert.equal(NextAttemptAt, null);
    assert.equal(Attempts.length, 1);
    const [{ Transcript, Pool, EHLO, Outcome, TLS, Number: number }] = Attempts;
    assert.deepEqual([Pool, EHLO, Outcome, TLS, number], ['transactional', 'mail.bulkhead.test', 'delivered', true, 1]);
    assert.match(textOf(Transcript), /^-- connecting to mx\d\.test.*\nS: 220 .*\nC: EHLO mail\.bulkhead\.test\n/);
    assert.match(textOf(Transcript), /\nC: STARTTLS\nS: 220 .*\n-- TLSv1\.3, .*\n/);
    assert.match(textOf(Transcript), /\nC: RCPT TO:<ann@fine\.test>\n(?:.*\n)*S: 250 2\.0\.0 taken$/);
    assert.ok(!textOf(Transcript).includes('Subject'));
  });

  test('a greylisted message tells both attempts, each with what was said', async () => {
    let asked = 0;
    await world.host({ rcpt: () => (asked++ === 0 ? '451 4.7.1 Greylisted, come again' : undefined) }, 'grey.test');
    const { Recipients } = await told(await world.send('ann@grey.test'), 'delivered');
    const [first, second, ...more] = Recipients[0].Attempts;
    assert.equal(more.length, 0);
    assert.deepEqual([first.Outcome, second.Outcome], ['deferred', 'delivered']);
    assert.equal(first.Reply, '451 4.7.1 Greylisted, come again');
    assert.match(first.Words, /Greylisting: the host asks unknown senders to come again/);
    assert.match(textOf(first.Transcript), /S: 451 4\.7\.1 Greylisted, come again/);
    assert.match(textOf(second.Transcript), /S: 250 2\.0\.0 taken$/);
  });

  test('a message for a dead host waits, says why, and when it is tried next', async () => {
    world.dns.set('dead.test', { MX: [[10, 'mx.dead.test']] });
    world.dns.set('mx.dead.test', { A: ['127.0.9.9'] });
    const id = await world.send('ann@dead.test');
    const { Summary, Recipients } = await told(id, 'waiting', (body) => {
      const [{ NextAttemptAt, Holds }] = body.Recipients;
      return NextAttemptAt !== null && /refused the connection/.test(Holds[0]?.Words ?? '');
    });
    assert.match(Summary, /mx\.dead\.test .*refused the connection.* It is tried again at 20\d\d-.* UTC \((?:in|now)/);
    const [{ NextAttemptAt, Attempts, Holds }] = Recipients;
    const ahead = Date.parse(NextAttemptAt) - Date.now();
    assert.ok(ahead > -5000 && ahead < 2 * MINUTE, NextAttemptAt);
    assert.ok(Holds.length > 0);
    assert.match(textOf(Attempts[0].Transcript), /^-- connecting to mx\.dead\.test.*\n-- .*refused the connection$/);
  });

  test('a bounced message tells the class, what it means, and that the address is suppressed', async () => {
    await world.host({ rcpt: () => '550 5.1.1 no such user' }, 'gone.test');
    const { Summary, Recipients } = await told(await world.send('ann@gone.test'), 'bounced', (body) =>
      /is suppressed/.test(body.Summary),
    );
    assert.match(Summary, /550 5\.1\.1 no such user.*Hard bounce: .*suppressed on the stream 'outbound'/);
    assert.match(textOf(Recipients[0].Attempts[0].Transcript), /S: 550 5\.1\.1 no such user/);
  });

  test('recipients of one transaction share its transcript, and differ in what became of them', async () => {
    await world.host({ rcpt: (to) => (to.startsWith('gone') ? '550 5.1.1 no such user' : undefined) }, 'some.test');
    const id = await world.send('ann@some.test, gone@some.test');
    const { Recipients, Summary } = await told(id, 'partly delivered');
    const [ann, gone] = Recipients;
    assert.deepEqual([ann.State, gone.State], ['delivered', 'bounced']);
    assert.ok(ann.Attempts[0].Transcript.length > 5);
    assert.deepEqual(gone.Attempts[0].Transcript, ann.Attempts[0].Transcript);
    assert.match(Summary, /^Of 2 recipients: 1 bounced, 1 delivered\. gone@some\.test: /);
  });

  test('what nobody asked Postmark for stays out of its answers', async () => {
    await world.host({}, 'plain.test');
    const id = await world.send('ann@plain.test');
    await world.events(id, has('Delivered'));
    const details = await world.installation.api('GET', `/messages/outbound/${id}/details`);
    assert.ok(!JSON.stringify(details.body).includes('EHLO'));
    assert.ok(!world.installation.output().includes('EHLO'));
  });

  test('an account token and the command line are told the same; what is not known is not found', async () => {
    await world.host({}, 'asked.test');
    const id = await world.send('ann@asked.test');
    const body = await told(id, 'delivered');
    assert.deepEqual((await why(id, true)).body, body);
    assert.deepEqual(JSON.parse((await bulkhead('why', id, '--json')).out), body);
    const unknown = '01900000-0000-7000-8000-000000000001';
    assert.equal((await why(unknown)).status, 422);
    const { code, err } = await bulkhead('why', unknown);
    assert.deepEqual([code, /was not found/.test(err)], [1, true]);
  });

  test('on the command line it reads like a story, within the columns of a terminal', async () => {
    await world.host({}, 'story.test');
    const id = await world.send('ann@story.test', { Subject: 'A story' });
    await told(id, 'delivered');
    const { code, out } = await bulkhead('why', id);
    const lines = out.trimEnd().split('\n');
    assert.equal(code, 0);
    assert.equal(lines[0], `${id}: DELIVERED`);
    assert.equal(lines[1], '  "A story" from a@sender.test');
    assert.match(lines[2] ?? '', /^ {2}accepted 20.* UTC, server 1, stream outbound, lane transactional$/);
    assert.equal(lines[4], 'ann@story.test: delivered');
    assert.ok(
      lines.some((line) => /^ {2}attempt 1, 20.* UTC: delivered$/.test(line)),
      out,
    );
    assert.ok(
      lines.some((line) => /^ +\d+ ms C: EHLO mail\.bulkhead\.test$/.test(line)),
      out,
    );
    assert.ok(
      lines.every((line) => line.length <= 100),
      out,
    );
    assert.ok(!(await bulkhead('why', id, '--brief')).out.includes('EHLO mail.bulkhead.test\n'));
  });
});

test('a paused stream holds its mail and says so, and lanes show it', async (t) => {
  const world = await startDeliveryWorld();
  t.after(() => world.stop());
  const bulkhead = commandLine(world);
  await world.host({}, 'fine.test');
  await bulkhead('stream', 'pause', '1', 'outbound', '--reason', 'we look into complaints');
  const lanes = async (): Promise<string> => (await bulkhead('lanes')).out;
  assert.match(
    await lanes(),
    /PAUSED {3}My first server \/ outbound: paused by an operator .*: we look into complaints/,
  );
  const id = await world.send('ann@fine.test');
  const held = await eventually('the message to be held', async () => {
    const { body } = await world.installation.api('GET', `/messages/outbound/${id}/why`);
    return body.State === 'held' ? body : undefined;
  });
  assert.match(
    held.Summary,
    /^The stream 'outbound' was paused by an operator .*: we look into complaints\. .*'bulkhead stream resume 1 outbound' sends it\.$/,
  );
  assert.equal(held.Recipients[0].NextAttemptAt, null);
  assert.match(await lanes(), /My first server \/ outbound {2}1 {8}PAUSED/);
  await bulkhead('stream', 'resume', '1', 'outbound');
  await world.events(id, has('Delivered'));
});

test('lanes are shown with addresses, queue and sites; while nothing answers that is said', async (t) => {
  const world = await startDeliveryWorld();
  t.after(() => world.stop());
  const bulkhead = commandLine(world);
  await world.host({}, 'fine.test');
  await world.events(await world.send('ann@fine.test'), has('Delivered'));
  const { code, out } = await bulkhead('lanes');
  assert.equal(code, 0);
  assert.match(out, /^transactional \(transactional\): running, mail leaves\n/);
  assert.match(
    out,
    /\n {2}address {2}host, EHLO mail\.bulkhead\.test; shared: queues are isolated, reputation is not\n/,
  );
  assert.match(out, /\n {2}queue {4}0 not finished, 0 in flight, 0 waiting for their site\n/);
  assert.match(out, /\n {2}SITE .*PACE\n {2}mx1\.test +0 +0 +open: \d+ at a time of \d+\n/);
  assert.match(out, /\nbroadcast \(broadcasts\): running/);
  assert.ok(
    out.split('\n').every((line) => line.length <= 100),
    out,
  );
  const json = JSON.parse((await bulkhead('lanes', '--json')).out);
  assert.deepEqual(
    json.Lanes.map(({ ID, State }: { ID: string; State: string }) => `${ID} ${State}`),
    ['transactional running', 'broadcast running'],
  );
  assert.equal(json.Lanes[0].Addresses[0].Note, 'Queues are isolated, reputation is not.');
  const nowhere = commandLine(world, { BULKHEAD_HTTP: '127.0.0.1:1' });
  for (const words of [['lanes'], ['why', '01900000-0000-7000-8000-000000000001']]) {
    const { code: failed, err } = await nowhere(...words);
    assert.deepEqual([failed, /nothing answers at http:\/\/127\.0\.0\.1:1/.test(err)], [1, true]);
  }
});
