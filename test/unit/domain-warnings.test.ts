// Domains whose DKIM record is missing are told where an operator looks: in the status, to each account its own.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { runInTest } from '../support/cli-host.ts';
import { TOKENS } from '../support/api-door.ts';
import { OTHER, senderDoor } from '../support/sender-door.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { StreamId } from '../../src/lib/ids.ts';

test('the status tells of a domain that is warned of and of one that may not send any more', async (t) => {
  const { world, door } = await senderDoor();
  const since = world.clock.now();
  for (const name of ['warned.test', 'stopped.test', 'fine.test']) {
    const { domain } = await world.verified(name);
    if (name === 'fine.test') continue;
    await world.store.senders.updateDomain(domain.id, () => ({
      missingSince: since,
      dkimProblems: [`The record of ${name} is missing.`],
      ...(name === 'stopped.test' && { proof: undefined }),
    }));
  }
  const asked = async (remoteAddress: string, token?: string) => {
    const headers = token === undefined ? {} : { 'x-postmark-account-token': token };
    return (await door.app.inject({ method: 'GET', url: '/status', remoteAddress, headers })).json<{
      Domains?: readonly object[];
    }>();
  };
  const stopped = {
    ...{ Domain: 'stopped.test', MaySend: false, MissingSince: '2026-11-05T12:00:00.0000000Z' },
    Reason: 'The record of stopped.test is missing.',
  };
  const local = await asked('127.0.0.1');
  assert.deepEqual([local.Domains?.length, local.Domains?.[0]], [2, stopped]);
  assert.deepEqual((await asked('192.0.2.1', TOKENS.account)).Domains, local.Domains);
  assert.deepEqual((await asked('192.0.2.1', OTHER)).Domains, []);
  assert.equal((await asked('192.0.2.1')).Domains, undefined);

  const server = createServer((_request, response) => response.end(JSON.stringify(local)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { out } = await runInTest(['status'], {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  assert.match(out, /\n {2}MAY NOT SEND: domain stopped\.test: The record of stopped\.test is missing\.\n/);
  assert.match(out, /\n {2}warning: domain warned\.test: The record of warned\.test is missing\.$/);
});

test('the server of the installation itself is listed with its streams, and they are paused and resumed by hand', async () => {
  const { world } = await senderDoor();
  const { store, clock, accountId } = world;
  const own = await store.createServer(await store.ownAccount(), 'Mail of the installation', DEFAULT_SERVER_SETTINGS);
  const control = { store, clock, accountId };
  const stream = (...words: string[]) => runInTest(['stream', ...words], { control });
  assert.match((await stream('list')).out, new RegExp(`^${own.id} {2}Mail of the installation / outbound: trans`, 'm'));
  await store.pools.hold({ serverId: own.id, streamId: 'outbound' as StreamId, by: 'guard', reason: 'why', at: 1 });
  assert.match((await stream('list', String(own.id))).out, /PAUSED by its guard .*: why/);
  assert.equal((await stream('resume', String(own.id), 'outbound')).code, 0);
  assert.deepEqual(await store.pools.holds(), []);
});
