// An operator gives pools addresses and streams by command line and API, beside a running server and without one.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { commandLine, type CommandResult } from '../support/command-line.ts';
import { startDeliveryWorld, type DeliveryWorld } from '../support/delivery-world.ts';
import { eventually } from '../support/installation.ts';

const delivered = (events: readonly { Type: string }[]): boolean => events.some(({ Type }) => Type === 'Delivered');

interface World extends DeliveryWorld {
  readonly bulkhead: (...args: readonly string[]) => Promise<CommandResult>;
}

async function world(t: TestContext): Promise<World> {
  const delivery = await startDeliveryWorld();
  t.after(() => delivery.stop());
  return { ...delivery, bulkhead: commandLine(delivery) };
}

async function ok(result: Promise<CommandResult>): Promise<string> {
  const { code, out, err } = await result;
  assert.equal(code, 0, err);
  return out;
}

test('pools get addresses, and each stream leaves through those of its own', async (t) => {
  const w = await world(t);
  const { bulkhead, installation } = w;
  const mx = await w.host({}, 'far.test');
  assert.match(
    await ok(bulkhead('pool', 'list')),
    /transactional +transactional +host +1 +host: shared, so that queues/,
  );
  const added = await ok(
    bulkhead('address', 'add', '127.0.0.31', '--pool', 'transactional', '--ehlo', 'MTA1.out.test'),
  );
  assert.match(added, /127\.0\.0\.31 is in the pool 'transactional'\n.*own address \('host'\) has left the pool/);
  await ok(bulkhead('pool', 'create', 'news', '--kind', 'broadcast'));
  await ok(bulkhead('address', 'add', '127.0.0.32', '--pool', 'news'));
  await ok(bulkhead('address', 'add', '127.0.0.33', '--pool', 'broadcast'));

  const refused = await bulkhead('address', 'add', '127.0.0.31', '--pool', 'news');
  assert.deepEqual([refused.code, refused.err], [1, "127.0.0.31 belongs to the pool 'transactional'\n"]);
  const missing = await bulkhead('address', 'add', '192.0.2.1', '--pool', 'news');
  assert.equal(missing.code, 1);
  assert.match(
    missing.out,
    /192\.0\.2\.1 of pool 'news': quarantined\n {2}FAILED this machine does not have 192\.0\.2\.1/,
  );

  const sendBoth = (): Promise<string[]> =>
    Promise.all([w.send('t@far.test'), w.send('b@far.test', { MessageStream: 'broadcast' })]);
  for (const id of await sendBoth()) await w.events(id, delivered);
  const attached = await installation.api('POST', '/pools/news/streams', { account: true, body: { ServerID: 1 } });
  assert.deepEqual(attached.body.StreamIDs, ['broadcast']);
  await eventually('the broadcast stream to use its pool', async () => {
    await w.events(await w.send('n@far.test', { MessageStream: 'broadcast' }), delivered);
    return mx.messages.at(-1)?.client === '127.0.0.32' ? true : undefined;
  });
  const seen = new Set(mx.messages.map(({ rcptTo, client }) => `${rcptTo.join()} ${client}`));
  seen.delete('n@far.test 127.0.0.33');
  assert.deepEqual([...seen].sort(), ['b@far.test 127.0.0.33', 'n@far.test 127.0.0.32', 't@far.test 127.0.0.31']);
  assert.ok(mx.commands.includes('EHLO mta1.out.test'));
});

test('when the command line says that an address is gone, nothing leaves through it any more, and nothing is lost', async (t) => {
  const w = await world(t);
  const { bulkhead } = w;
  const mx = await w.host({}, 'far.test');
  for (const ip of ['127.0.0.34', '127.0.0.35']) await ok(bulkhead('address', 'add', ip, '--pool', 'transactional'));
  const ids: string[] = [];
  let goesOn = true;
  const load = Promise.all(
    [1, 2, 3, 4].map(async (line) => {
      for (let at = 0; goesOn; at += 1) ids.push(await w.send(`l${line}-${at}@far.test`));
    }),
  );
  const through = (ip: string): number => mx.messages.filter(({ client }) => client === ip).length;
  await eventually('both addresses to be used', async () =>
    through('127.0.0.34') && through('127.0.0.35') ? true : undefined,
  );
  const said = await ok(bulkhead('address', 'remove', '127.0.0.34'));
  const [at, others] = [through('127.0.0.34'), through('127.0.0.35')];
  assert.match(said, /127\.0\.0\.34 is out of the pool 'transactional': nothing leaves through it any more/);
  await eventually('more to leave through the other', async () =>
    through('127.0.0.35') > others + 20 ? true : undefined,
  );
  goesOn = false;
  await load;
  for (const id of ids) await w.events(id, delivered);
  assert.equal(through('127.0.0.34'), at);
  assert.equal(mx.messages.length, ids.length);
  assert.doesNotMatch(await ok(bulkhead('address', 'list')), /127\.0\.0\.34/);
});

test('without a running server an address is gone at once, and the pool says that its mail waits', async (t) => {
  const { bulkhead, installation } = await world(t);
  await ok(bulkhead('address', 'add', '127.0.0.36', '--pool', 'broadcast'));
  await installation.kill();
  const removed = await bulkhead('address', 'remove', '127.0.0.36');
  assert.equal(removed.code, 0);
  assert.match(removed.err, /note: pool 'broadcast': it has no address: its mail waits/);
  assert.match(await ok(bulkhead('pool', 'list')), /broadcast +broadcast +none/);
  await ok(bulkhead('address', 'add', '127.0.0.36', '--pool', 'broadcast', '--shared'));
  await ok(bulkhead('address', 'warm-up', '127.0.0.36', 'slow', '--day', '3'));
  const list = JSON.parse(await ok(bulkhead('address', 'list', '--pool', 'broadcast', '--json'))) as object[];
  assert.equal(list.length, 1);
  const { warmUp } = list[0] as { warmUp: object };
  assert.deepEqual(warmUp, { plan: 'slow', days: 60, day: 3, perProvider: 75, total: 300, sent: 0 });
  assert.match(await ok(bulkhead('address', 'list')), /slow, day 3 of 60: 0 of 300 today, 75 a provider/);
});

test('what cannot be is refused in plain words, and changes nothing', async (t) => {
  const { bulkhead } = await world(t);
  const before = await ok(bulkhead('pool', 'list'));
  const answers = await Promise.all(REFUSALS.map(([args]) => bulkhead(...args)));
  for (const [at, [args, code, why]] of REFUSALS.entries()) {
    assert.equal(answers[at]?.code, code, args.join(' '));
    assert.match(answers[at]?.err ?? '', why);
  }
  assert.equal(await ok(bulkhead('pool', 'list')), before);
});

const REFUSALS: readonly [args: readonly string[], code: number, why: RegExp][] = [
  [['pool', 'create', 'News', '--kind', 'broadcast'], 1, /^the name of a pool is/],
  [['pool', 'create', 'news'], 2, /--kind must be one of transactional, broadcast/],
  [
    ['pool', 'attach', 'broadcast', '--server', '1', '--stream', 'outbound'],
    1,
    /is for broadcast mail, and the stream 'outbound'/,
  ],
  [['pool', 'show', 'none'], 1, /^there is no pool 'none'/],
  [['pool', 'remove', 'broadcast'], 2, /say 'list', 'create', 'show' or 'attach'/],
  [['address', 'add', 'mta.example.com', '--pool', 'broadcast'], 1, /'mta\.example\.com' is a name/],
  [['address', 'add', '127.0.0.37'], 2, /'add' needs an address and --pool/],
  [['address', 'add', '127.0.0.37', '--pool', 'broadcast', '--ehlo', 'mta'], 1, /EHLO name must be a host name/],
  [['address', 'remove', 'host'], 1, /host is in several pools \('transactional', 'broadcast'\): say which one/],
  [['address', 'remove', '77'], 1, /there is no address with the number 77/],
  [['address', 'warm-up', '1', 'quick'], 1, /there is no warm-up plan 'quick'/],
  [
    ['address', 'add', '127.0.0.39', '--pool', 'transactional', '--warm-up', 'quick'],
    1,
    /there is no warm-up plan 'quick'/,
  ],
];
