// How a message leaves: grouped by site, over kept connections, signed, with a return path that names it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { authenticate } from 'mailauth';
import { openControl } from '../../src/main/open-control.ts';
import { readConfig } from '../../src/main/config.ts';
import { decodeReturnPath } from '../../src/mail/verp.ts';
import { has, startDeliveryWorld, type DeliveryWorld } from '../support/delivery-world.ts';

describe('the way out', () => {
  let world: DeliveryWorld;
  before(async () => {
    world = await startDeliveryWorld();
  });
  after(() => world?.stop());

  async function control(): ReturnType<typeof openControl> {
    const { data } = world.installation;
    const read = readConfig({ env: { BULKHEAD_DATA: data }, folder: data });
    assert.ok('config' in read);
    return openControl(read.config);
  }

  test('two domains with the same MX hosts share a transaction; each recipient has an event', async () => {
    const mx = await world.host({}, 'one.test', 'two.test');
    const id = await world.send('a@one.test, b@two.test', { Bcc: 'c@one.test' });
    await world.events(id, (events) => events.length === 3);
    assert.deepEqual(
      mx.messages.map(({ rcptTo }) => [...rcptTo].sort()),
      [['a@one.test', 'b@two.test', 'c@one.test']],
    );
    const content = mx.messages[0]?.content ?? '';
    assert.ok(!content.includes('c@one.test'), 'a blind recipient is named nowhere');
    assert.ok(!/^X-PM-RCPT:/im.test(content), 'a copy for several names no recipient');
  });

  test('messages one after the other go over one connection, and another site has its own', async () => {
    const mx = await world.host({}, 'reuse.test');
    for (let i = 0; i < 4; i += 1) await world.events(await world.send(`r${i}@reuse.test`), has('Delivered'));
    assert.equal(mx.messages.length, 4);
    assert.equal(mx.connections, 1);
    const other = await world.host({}, 'other.test');
    await world.events(await world.send('a@other.test'), has('Delivered'));
    assert.equal(other.connections, 1);
  });

  test('the lanes share no connection', async () => {
    const mx = await world.host({}, 'lanes.test');
    await world.events(await world.send('a@lanes.test'), has('Delivered'));
    await world.events(await world.send('a@lanes.test', { MessageStream: 'broadcast' }), has('Delivered'));
    assert.deepEqual(
      mx.messages.map(({ connection }) => connection),
      [1, 2],
    );
    const listed = await world.installation.api(
      'GET',
      '/messages/outbound?count=10&offset=0&messagestream=broadcast&recipient=a@lanes.test',
    );
    assert.equal(listed.body.TotalCount, 1);
  });

  test('the return path names the message and its recipient, and is nobody else’s to make', async () => {
    const mx = await world.host({}, 'verp.test', 'verp2.test');
    const id = await world.send('a@verp.test');
    await world.events(id, has('Delivered'));
    const { secrets, store } = await control();
    await store.close();
    const local = mx.messages[0]?.mailFrom.split('@')[0] ?? '';
    assert.deepEqual(decodeReturnPath(local, secrets.returnPathKey), { uuid: id, recipient: 0 });
    const last = local.endsWith('0') ? '1' : '0';
    assert.equal(decodeReturnPath(local.slice(0, -1) + last, secrets.returnPathKey), undefined);
  });

  test('the signature of the sender’s domain holds at the receiver', async () => {
    const mx = await world.host({}, 'dkim.test');
    await world.events(
      await world.send('Änne <a@dkim.test>', { Subject: 'Grüße', TextBody: '.\n..dots\n\n', HtmlBody: '<p>ü</p>' }),
      has('Delivered'),
    );
    const { store } = await control();
    const accountId = (await store.firstAccount()) ?? assert.fail('no account');
    const keys = await store.senders.keys(accountId, 'sender.test');
    const key = keys.find(({ state }) => state === 'active') ?? assert.fail('no key');
    await store.close();
    const result = await authenticate(Buffer.from(mx.messages[0]?.content ?? '', 'latin1'), {
      ip: '127.0.0.1',
      helo: 'mail.bulkhead.test',
      sender: mx.messages[0]?.mailFrom ?? '',
      resolver: async (name: string, type: string) =>
        type === 'TXT' && name === `${key.selector}._domainkey.sender.test` ? [[key.recordValue]] : [],
    });
    assert.equal(result.dkim.results[0]?.status.result, 'pass', JSON.stringify(result.dkim.results));
    assert.equal(result.dkim.results[0]?.signingDomain, 'sender.test');
  });

  test('test addresses and black holes never leave, and bounce or not as they say', async () => {
    const questions = world.dns.questions.length;
    const fake = await world.send('SoftBounce@bounce-testing.postmarkapp.com');
    const hole = await world.send('x@blackhole.postmarkapp.com');
    assert.ok(has('Bounced')(await world.events(fake, (e) => e.length > 0)));
    assert.ok(has('Delivered')(await world.events(hole, (e) => e.length > 0)));
    assert.equal(world.dns.questions.length, questions);
    const bounces = await world.installation.api('GET', `/bounces?count=1&offset=0&messageID=${fake}`);
    assert.deepEqual([bounces.body.Bounces[0].Type, bounces.body.Bounces[0].Inactive], ['SoftBounce', false]);
  });
});
