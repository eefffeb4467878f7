// A pool that leaves its address to the system never leaves from an address of another pool: such a connection is closed
// before anything is said, and the mail waits with the reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine } from '../support/command-line.ts';
import { has, startDeliveryWorld } from '../support/delivery-world.ts';
import { eventually } from '../support/installation.ts';

test("mail of a pool with the machine's own address waits while the system would choose one that belongs to another pool", async (t) => {
  const w = await startDeliveryWorld();
  t.after(() => w.stop());
  const bulkhead = commandLine(w);
  const mx = await w.host({}, 'far.test');
  const broadcast = { MessageStream: 'broadcast' };
  await w.events(await w.send('before@far.test', broadcast), has('Delivered'));
  assert.equal(mx.messages[0]?.client, '127.0.0.1', 'what the system chooses here');

  const added = await bulkhead('address', 'add', '127.0.0.1', '--pool', 'transactional');
  assert.match(
    added.err,
    /note: pool 'broadcast': the system chooses its address; where that is 127\.0\.0\.1, of another/,
  );
  await eventually('the transactional pool to use it', async () => {
    const { body } = await w.installation.api('GET', '/addresses?pool=transactional', { account: true });
    return (body.Addresses as unknown[]).length === 1 ? true : undefined;
  });
  await w.events(await w.send('t@far.test'), has('Delivered'));
  const held = await w.send('held@far.test', broadcast);
  const [transient] = await w.events(held, has('Transient'));
  assert.match(
    transient?.Details['DeliveryMessage'] ?? '',
    /the system would send from 127\.0\.0\.1, which belongs to the pool 'transactional' alone: give 'broadcast' addresses/,
  );
  assert.deepEqual(
    mx.messages.map(({ rcptTo }) => rcptTo.join()),
    ['before@far.test', 't@far.test'],
  );
  assert.equal(mx.commands.filter((command) => command === 'STARTTLS').length, 2, 'nothing was said to others');

  assert.equal((await bulkhead('address', 'add', '127.0.0.51', '--pool', 'broadcast')).code, 0);
  await w.events(held, has('Delivered'));
  assert.equal(mx.messages.at(-1)?.client, '127.0.0.51');
});
