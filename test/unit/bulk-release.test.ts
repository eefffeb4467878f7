// Releasing bulk requests: every message ends once, as released or as failed; what concerns the whole request is waited for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bulkWorld, FULL, recipientsOf, request, type BulkWorld } from '../support/bulk-world.ts';
import type { BulkRequest } from '../../src/domain/bulk.ts';
import type { StreamId } from '../../src/lib/ids.ts';

const BROADCAST = 'broadcast' as StreamId;

async function done(world: BulkWorld, ...requests: readonly BulkRequest[]): Promise<BulkRequest[]> {
  await world.until(async () =>
    (await Promise.all(requests.map((one) => world.look(one)))).every((one) => one.finishedAt !== undefined),
  );
  return Promise.all(requests.map((one) => world.look(one)));
}

test('every message is rendered for its recipient and goes out on the broadcast stream, in order', async () => {
  const world = await bulkWorld();
  const accepted = await world.accept(
    request(120, {
      Tag: 'all',
      Metadata: { a: '1', b: '2' },
      Headers: [{ Name: 'X-One', Value: 'shared' }],
      Messages: Array.from({ length: 120 }, (_, index) => ({
        To: `${index}@rcpt.test`,
        TemplateModel: { name: `n${index}` },
        ...(index === 7 && { Metadata: { A: 'own' }, Headers: [{ Name: 'x-one', Value: 'own' }] }),
      })),
    }),
  );
  world.releaser.start();
  const [end] = await done(world, accepted);
  await world.releaser.stop();
  assert.deepEqual([end?.status, end?.released, end?.failed, end?.note], ['Completed', 120, 0, undefined]);
  assert.deepEqual(
    recipientsOf(world.arrived),
    Array.from({ length: 120 }, (_, index) => `${index}@rcpt.test`),
  );
  const [first] = world.arrived;
  assert.deepEqual(
    [first?.message.streamId, first?.message.kind, first?.message.summary.subject, first?.message.summary.tag],
    [BROADCAST, 'broadcast', 'Hello n0', 'all'],
  );
  assert.match(String(Buffer.from(first?.raw ?? [])), /Dear n0!/);
  const own = world.arrived[7];
  assert.deepEqual(own?.message.summary.metadata, { b: '2', A: 'own' });
  assert.match(String(Buffer.from(own?.raw ?? [])), /^x-one: own\r$/m);
});

test('a suppressed recipient and a model that does not fit are failures, and the others are released', async () => {
  const world = await bulkWorld();
  const { store, server, frontLog, clock } = world.core;
  const reason = { serverId: server.id, streamId: BROADCAST, reason: 'HardBounce', origin: 'Recipient', createdAt: 0 };
  await store.suppress([
    { ...reason, address: 'gone@rcpt.test' } as never,
    { ...reason, address: 'partly@rcpt.test' } as never,
  ]);
  const accepted = await world.accept(
    request(0, {
      TextBody: '{{#each list}}{{.}}{{/each}}',
      Messages: [
        { To: 'gone@rcpt.test' },
        { To: 'good@rcpt.test' },
        { To: 'unfit@rcpt.test', TemplateModel: { list: 'text' } },
        { To: 'partly@rcpt.test, rest@rcpt.test' },
      ],
    }),
  );
  world.releaser.start();
  const [end] = await done(world, accepted);
  await world.releaser.stop();
  assert.deepEqual([end?.status, end?.released, end?.failed], ['Completed', 2, 2]);
  assert.deepEqual(recipientsOf(world.arrived), ['good@rcpt.test', 'rest@rcpt.test']);
  assert.deepEqual(
    end?.failures.map(({ count }) => count),
    [1, 1],
  );
  assert.equal(end?.failures[0]?.code, 406);
  const [recorded, ...more] = await frontLog.read(0, 10);
  assert.equal(more.length, 0);
  assert.ok(recorded?.event.kind === 'api-error');
  assert.deepEqual(
    [recorded.event.bounceType, recorded.event.recipients, recorded.event.at],
    ['TemplateRenderingFailed', ['unfit@rcpt.test'], clock.now()].map((each, at) =>
      at === 2 ? recorded.event.at : each,
    ),
  );
});

test('requests of several servers take turns; those of one stream come one after the other', async () => {
  const world = await bulkWorld();
  const { store, accountId, server } = world.core;
  const other = await store.createServer(accountId, 'Second', server.settings);
  const large = await world.accept(request(500));
  const after = await world.accept(request(10, { TextBody: 'after' }));
  const small = await world.accept(request(60), other);
  const order: string[] = [];
  world.onAppend = ({ message, raw }) =>
    void order.push(
      message.serverId === other.id ? 'small' : String(Buffer.from(raw)).includes('after') ? 'after' : 'large',
    );
  world.releaser.start();
  const ended = await done(world, large, after, small);
  await world.releaser.stop();
  assert.deepEqual(
    ended.map(({ released }) => released),
    [500, 10, 60],
  );
  assert.ok(order.lastIndexOf('small') < 200, 'the small one did not wait for the large one');
  assert.ok(order.indexOf('after') > order.lastIndexOf('large'), 'within a stream the oldest goes first');
});

test('a paused stream is waited for, and the request says so', async () => {
  const world = await bulkWorld();
  const { store, server } = world.core;
  await store.pools.hold({ serverId: server.id, streamId: BROADCAST, by: 'guard', reason: 'bounces', at: 0 });
  const accepted = await world.accept(request(3));
  world.releaser.start();
  await world.until(async () => (await world.look(accepted)).note !== undefined);
  assert.match((await world.look(accepted)).note ?? '', /is paused/);
  assert.equal(world.arrived.length, 0);
  await store.pools.resume(server.id, BROADCAST);
  const [end] = await done(world, accepted);
  await world.releaser.stop();
  assert.deepEqual([end?.released, end?.note], [3, undefined]);
});

test('a domain that is not verified any more is waited for', async () => {
  const world = await bulkWorld();
  const { store, accountId } = world.core;
  const accepted = await world.accept(request(3));
  const domain = await store.senders.domain(accountId, 'sender.test');
  await store.senders.updateDomain(domain?.id ?? 0, () => ({ proof: undefined }));
  world.releaser.start();
  await world.until(async () => (await world.look(accepted)).note !== undefined);
  assert.match((await world.look(accepted)).note ?? '', /not verified/);
  assert.deepEqual((await world.look(accepted)).failed, 0);
  await store.senders.updateDomain(domain?.id ?? 0, () => ({ proof: 'dns' }));
  const [end] = await done(world, accepted);
  await world.releaser.stop();
  assert.deepEqual([end?.status, end?.released, end?.note], ['Completed', 3, undefined]);
});

test('an archived stream ends the request', async () => {
  const world = await bulkWorld();
  const { store, server } = world.core;
  const accepted = await world.accept(request(3));
  await store.messageStreams.archive(server.id, BROADCAST, 1);
  world.releaser.start();
  const [end] = await done(world, accepted);
  await world.releaser.stop();
  assert.deepEqual([end?.status, end?.released, end?.failed], ['Failed', 0, 0]);
  assert.match(end?.note ?? '', /archived/);
});

test('a queue that takes nothing fails no message', async () => {
  const world = await bulkWorld();
  const accepted = await world.accept(request(80));
  world.core.fail = FULL;
  world.releaser.start();
  await world.until(async () => (await world.look(accepted)).status === 'Processing');
  await world.core.clock.advance(5000);
  assert.deepEqual([(await world.look(accepted)).released, (await world.look(accepted)).failed], [0, 0]);
  world.core.fail = undefined;
  const [end] = await done(world, accepted);
  await world.releaser.stop();
  assert.deepEqual([end?.released, end?.failed, world.arrived.length], [80, 0, 80]);
});

test('a message that breaks again and again is a failure in the end, and only that one', async () => {
  const world = await bulkWorld();
  const accepted = await world.accept(request(60));
  world.onAppend = ({ message }) => {
    if (message.recipients[0]?.address === '17@rcpt.test') throw new Error('boom');
  };
  world.releaser.start();
  const [end] = await done(world, accepted);
  await world.releaser.stop();
  assert.deepEqual([end?.status, end?.released, end?.failed], ['Completed', 59, 1]);
  assert.equal(end?.failures[0]?.code, 101);
  assert.equal(world.arrived.length, 59);
});

test('a lane with much waiting gets a trickle, and nothing when that does not help', async () => {
  const world = await bulkWorld({ bounds: { waiting: 100 } });
  const accepted = await world.accept(request(1000));
  world.backlog = 400;
  world.releaser.start();
  await world.core.clock.advance(3000);
  assert.equal(world.arrived.length, 0);
  world.backlog = 100;
  await world.until(() => world.arrived.length > 0);
  const from = world.core.clock.now();
  await world.until(() => world.arrived.length >= 200);
  assert.ok(world.core.clock.now() - from >= 2000, 'a trickle');
  world.backlog = 0;
  const [end] = await done(world, accepted);
  await world.releaser.stop();
  assert.equal(end?.released, 1000);
});
