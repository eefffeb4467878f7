// `Idempotency-Key` on bulk requests: kept once, whatever becomes of the answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BulkUnavailable } from '../../src/ports/bulk-desk.ts';
import { get, post, TOKENS } from '../support/api-door.ts';
import { openBulkDoor, type BulkDoor } from '../support/bulk-door.ts';
import { request } from '../support/bulk-world.ts';

const keyed = (body: unknown, key = 'news 7', token: string = TOKENS.server) =>
  post('/email/bulk', body, { headers: { 'idempotency-key': key, 'x-postmark-server-token': token } });

async function kept({ app }: BulkDoor): Promise<readonly string[]> {
  const { Requests } = (await app.inject(get('/email/bulk'))).json<{ Requests: { Id: string }[] }>();
  return Requests.map(({ Id }) => Id);
}

test('the same bulk request is kept once and gets the same answer; another body is refused with 409', async () => {
  const door = await openBulkDoor();
  const first = await door.app.inject(keyed(request(3)));
  const second = await door.app.inject(keyed(request(3)));
  assert.deepEqual([first.statusCode, second.statusCode, second.body], [200, 200, first.body]);
  assert.deepEqual([first.headers['idempotent-replayed'], second.headers['idempotent-replayed']], [undefined, 'true']);
  const other = await door.app.inject(keyed(request(2)));
  assert.deepEqual([other.statusCode, other.headers['x-pm-apierrorcode']], [409, '9004']);
  assert.deepEqual(await kept(door), [first.json<{ Id: string }>().Id]);
});

test('without a key, under another one and of another server it is a request of its own', async () => {
  const door = await openBulkDoor();
  const ids = new Set<string>();
  for (const one of [keyed(request(1)), keyed(request(1), 'b'), post('/email/bulk', request(1))])
    ids.add((await door.app.inject(one)).json<{ Id: string }>().Id);
  assert.deepEqual([ids.size, (await kept(door)).length], [3, 3]);
  const others = await door.app.inject(keyed(request(2), 'news 7', TOKENS.other));
  assert.notEqual(others.statusCode, 409);
});

test('what was refused leaves its key free, and a refusal still lists its errors by field', async () => {
  const door = await openBulkDoor();
  const refused = await door.app.inject(keyed(request(1, { From: '', Messages: [{ To: 'x' }] })));
  assert.deepEqual(Object.keys(refused.json<{ Errors: object }>().Errors), ['From', 'Messages[0].To']);
  assert.equal((await door.app.inject(keyed('{'))).headers['x-pm-apierrorcode'], '402');
  assert.equal((await door.app.inject(keyed(request(1)))).statusCode, 200);
});

test('two at the same time are one', async () => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const door = await openBulkDoor(
    {},
    {
      accept: (accept) => async (given) => {
        begun.resolve();
        await gate.promise;
        return accept(given);
      },
    },
  );
  const first = door.app.inject(keyed(request(1)));
  await begun.promise;
  const second = door.app.inject(keyed(request(1)));
  assert.equal((await door.app.inject(keyed(request(2)))).statusCode, 409);
  gate.resolve();
  assert.equal((await second).body, (await first).body);
  assert.equal((await kept(door)).length, 1);
});

test('a request whose answer was lost is found again, also where it would be refused by now', async () => {
  let lost = true;
  const door = await openBulkDoor(
    {},
    {
      accept: (accept) => async (given) => {
        const answer = await accept(given);
        if (lost) throw new BulkUnavailable('nobody answered');
        return answer;
      },
    },
  );
  assert.equal((await door.app.inject(keyed(request(2)))).statusCode, 503);
  lost = false;
  const [id] = await kept(door);
  const { core } = door.world;
  await core.store.messageStreams.archive(core.server.id, 'broadcast' as never, 1);
  const again = await door.app.inject(keyed(request(2)));
  assert.deepEqual([again.statusCode, again.json<{ Id: string }>().Id], [200, id]);
  assert.equal((await kept(door)).length, 1);
});
