// What remote hosts do wrong, and what becomes of the message: tried again, delivered, bounced, and told.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../support/installation.ts';
import { has, startDeliveryWorld, type DeliveryWorld } from '../support/delivery-world.ts';
import type { Script } from '../support/scripted-mx.ts';

describe('troubles on the way', { concurrency: 8 }, () => {
  let world: DeliveryWorld;
  before(async () => {
    world = await startDeliveryWorld();
  });
  after(() => world?.stop());

  test('a greylisting host is tried again, and both are told', async () => {
    const seen = new Set<string>();
    const rcpt = (address: string): string | undefined => {
      if (seen.has(address)) return undefined;
      seen.add(address);
      return '451 4.7.1 Greylisted, come again';
    };
    await world.host({ rcpt }, 'grey.test');
    const id = await world.send('ann@grey.test');
    const events = await world.events(id, has('Delivered'));
    assert.deepEqual(events.map(({ Type }) => Type).sort(), ['Delivered', 'Transient']);
    const transient = events.find(({ Type }) => Type === 'Transient');
    assert.match(transient?.Details['DeliveryMessage'] ?? '', /451 4\.7\.1 Greylisted/);
    const listed = await world.installation.api('GET', '/messages/outbound?count=10&offset=0&recipient=ann@grey.test');
    assert.equal(listed.body.Messages[0].Status, 'Sent');
  });

  const broken = { then: 'reset' } as const;
  // Without TLS, where a connection can be reset.
  const plain = { extensions: ['PIPELINING', '8BITMIME'] } as const;
  const PHASES: readonly [phase: string, script: Script][] = [
    ['greeting', { greeting: () => broken }],
    ['EHLO', { ehlo: () => broken, helo: () => broken }],
    ['MAIL', { ...plain, mail: () => broken }],
    ['RCPT', { ...plain, rcpt: () => broken }],
    ['DATA', { ...plain, data: () => broken }],
    ['body', { ...plain, body: () => broken }],
    ['greeting, in words', { greeting: () => ({ reply: '421 4.3.2 too busy', then: 'end' }) }],
    ['RCPT, in words', { rcpt: () => ({ reply: '421 4.3.2 going down', then: 'end' }) }],
  ];
  PHASES.forEach(([phase, script], index) => {
    test(`a connection that breaks at ${phase} is one delivery in the end`, async () => {
      const domain = `broken${index}.test`;
      const mx = await world.host(script, domain);
      const id = await world.send(`ann@${domain}`);
      await world.events(id, has('Transient'));
      mx.play({});
      const events = await world.events(id, has('Delivered'));
      assert.equal(mx.messages.length, 1);
      assert.ok(!has('Bounced')(events));
    });
  });

  test('a lost reply to the final dot is told as such, and the message comes again', async () => {
    const mx = await world.host({ ...plain, final: () => broken }, 'lost.test');
    const id = await world.send('ann@lost.test');
    const first = await world.events(id, has('Transient'));
    assert.match(JSON.stringify(first), /before the reply to the message.*may arrive twice/);
    mx.play({});
    await world.events(id, has('Delivered'));
    assert.ok(mx.messages.length >= 2);
    const ids = mx.messages.map(({ content }) => /^Message-ID: (.*)\r$/im.exec(content)?.[1]);
    assert.equal(new Set(ids).size, 1, 'by its Message-ID it can be told as one');
  });

  test('each recipient of a transaction has its own answer', async () => {
    const replies: Record<string, string> = {
      'later@mixed.test': '450 4.2.1 busy',
      'gone@mixed.test': '550 5.1.1 no such user',
    };
    const mx = await world.host({ rcpt: (address) => replies[address] }, 'mixed.test');
    const id = await world.send('fine@mixed.test, later@mixed.test, gone@mixed.test');
    await world.events(
      id,
      (e) =>
        has('Delivered', 'fine@mixed.test')(e) &&
        has('Bounced', 'gone@mixed.test')(e) &&
        has('Transient', 'later@mixed.test')(e),
    );
    delete replies['later@mixed.test'];
    await world.events(id, has('Delivered', 'later@mixed.test'));
    assert.deepEqual(
      mx.messages.map(({ rcptTo }) => rcptTo),
      [['fine@mixed.test'], ['later@mixed.test']],
    );
  });

  test('slow replies are waited for', async () => {
    const slow = (reply: string) => () => ({ reply, delayMs: 200 });
    await world.host(
      {
        greeting: slow('220 mx.test ESMTP'),
        mail: slow('250 ok'),
        rcpt: slow('250 ok'),
        data: slow('354 go'),
        final: slow('250 taken'),
      },
      'slow.test',
    );
    const events = await world.events(await world.send('ann@slow.test'), has('Delivered'));
    assert.equal(events.length, 1);
  });

  test('a broken handshake is no reason to keep the mail: it goes without TLS', async () => {
    const mx = await world.host({ startTls: () => ({ reply: '220 go', then: 'reset' }) }, 'notls.test');
    await world.events(await world.send('ann@notls.test'), has('Delivered'));
    assert.equal(mx.messages[0]?.tls, false);
  });

  test('no such domain and a null MX bounce at once', async () => {
    world.dns.set('null.test', { MX: [[0, '.']] });
    for (const address of ['ann@nowhere.test', 'ann@null.test']) {
      const events = await world.events(await world.send(address), has('Bounced'));
      assert.equal(events.length, 1);
    }
    const bounces = await world.installation.api('GET', '/bounces?count=50&offset=0&emailFilter=ann@null.test');
    assert.equal(bounces.body.Bounces[0].Type, 'HardBounce');
  });

  test('a hard bounce suppresses on its own stream only', async () => {
    await world.host({ rcpt: () => '550 5.1.1 no such user' }, 'hard.test');
    await world.events(await world.send('ann@hard.test'), has('Bounced'));
    const refused = await eventually('the suppression', async () => {
      const answer = await world.installation.send({ From: 'a@sender.test', To: 'Ann@hard.test', TextBody: 'x' });
      return answer.status === 422 ? answer : undefined;
    });
    assert.equal(refused.body.ErrorCode, 406);
    await world.send('ann@hard.test', { MessageStream: 'broadcast' });
  });

  test('a refusal of the content that names a mailbox suppresses none of several recipients', async () => {
    await world.host({ final: () => '550 5.1.1 no such user' }, 'after.test');
    const id = await world.send('a@after.test, b@after.test');
    await world.events(id, (e) => has('Bounced', 'a@after.test')(e) && has('Bounced', 'b@after.test')(e));
    const bounces = await world.installation.api('GET', `/bounces?count=10&offset=0&messageID=${id}`);
    assert.deepEqual(
      bounces.body.Bounces.map((row: { Inactive: boolean; Type: string }) => [row.Inactive, row.Type]),
      [
        [false, 'Unknown'],
        [false, 'Unknown'],
      ],
    );
  });
});
