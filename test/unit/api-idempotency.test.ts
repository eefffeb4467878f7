// `Idempotency-Key` on requests that send: the same answer for the same request, and nothing sent twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryAnswerStore } from '../../src/backends/memory/answer-store.ts';
import { API_ERRORS } from '../../src/domain/api-error.ts';
import { newMessageId, timeOfUuid, type MessageId } from '../../src/lib/ids.ts';
import { accept, MINIMAL, openDoor, post, SUBMITTED_AT, TOKENS, type Handed } from '../support/api-door.ts';

const keyed = (key: string, body: unknown = MINIMAL, url = '/email', token: string = TOKENS.server) =>
  post(url, body, { headers: { 'idempotency-key': key, 'x-postmark-server-token': token } });

const acceptNew = ({ options }: Handed) => ({
  ...accept(),
  messageId: options.messageId ?? newMessageId(SUBMITTED_AT),
});

test('the same request gets the same answer, and is handed over once', async () => {
  const door = openDoor({ submit: acceptNew });
  const first = await door.app.inject(keyed('order 17'));
  const second = await door.app.inject(keyed('order 17'));
  assert.deepEqual([first.statusCode, second.statusCode, door.handed.length], [200, 200, 1]);
  assert.equal(second.body, first.body);
  assert.equal(second.headers['content-type'], first.headers['content-type']);
  assert.deepEqual([first.headers['idempotent-replayed'], second.headers['idempotent-replayed']], [undefined, 'true']);
});

test('a batch is handed over once, each message under an id of its own', async () => {
  const door = openDoor({ submit: acceptNew });
  const batch = [MINIMAL, { ...MINIMAL, To: 'cy@example.net' }];
  const first = await door.app.inject(keyed('k', batch, '/email/batch'));
  const second = await door.app.inject(keyed('k', batch, '/email/batch'));
  assert.deepEqual([second.body, door.handed.length], [first.body, 2]);
  assert.equal(new Set(first.json<{ MessageID: string }[]>().map(({ MessageID }) => MessageID)).size, 2);
});

for (const [what, request] of [
  ['another body', keyed('k', { ...MINIMAL, Subject: 'Other' })],
  ['another spelling of the body', keyed('k', `${JSON.stringify(MINIMAL)} `)],
  ['another path', keyed('k', [MINIMAL], '/email/batch')],
] as const) {
  test(`${what} under the same key is refused with 409`, async () => {
    const door = openDoor();
    await door.app.inject(keyed('k'));
    const answer = await door.app.inject(request);
    assert.deepEqual([answer.statusCode, answer.json<{ ErrorCode: number }>().ErrorCode], [409, 9004]);
    assert.match(answer.json<{ Message: string }>().Message, /Idempotency-Key/);
    assert.equal(door.handed.length, 1);
  });
}

test('keys of two servers, and requests without one, have nothing to do with each other', async () => {
  const door = openDoor();
  await door.app.inject(keyed('k'));
  await door.app.inject(keyed('k', { ...MINIMAL, Subject: 'x' }, '/email', TOKENS.other));
  await door.app.inject(post('/email', MINIMAL));
  await door.app.inject(post('/email', MINIMAL));
  assert.equal(door.handed.length, 4);
  assert.ok(door.handed.slice(2).every(({ options }) => options.messageId === undefined));
});

for (const key of ['', 'x'.repeat(256), 'caf\u00e9']) {
  test(`the key '${key.slice(0, 10)}' of ${key.length} characters is refused with 9003`, async () => {
    const door = openDoor();
    const answer = await door.app.inject(keyed(key));
    assert.deepEqual([answer.statusCode, answer.headers['x-pm-apierrorcode']], [422, '9003']);
    assert.equal(door.handed.length, 0);
  });
}

test('a refusal has sent nothing, so its key is free', async () => {
  let refusing = true;
  const door = openDoor({
    submit: ({ draft: _draft }) =>
      refusing ? { kind: 'refused', messageId: 'x' as MessageId, error: API_ERRORS.notASender('x') } : accept(),
  });
  assert.equal((await door.app.inject(keyed('k'))).statusCode, 422);
  refusing = false;
  assert.equal((await door.app.inject(keyed('k', { ...MINIMAL, Subject: 'mended' }))).statusCode, 200);
  assert.equal(door.handed.length, 2);
});

test('a request whose end is not known is worked on again with the same ids', async () => {
  const answers = new MemoryAnswerStore();
  let down = true;
  const submit = (handed: Handed) =>
    down ? ({ kind: 'unavailable', reason: 'disk full' } as const) : acceptNew(handed);
  const door = openDoor({ answers, submit });
  assert.equal((await door.app.inject(keyed('k'))).statusCode, 503);
  down = false;
  assert.equal((await door.app.inject(keyed('k'))).statusCode, 200);
  const ids = door.handed.map(({ options }) => options.messageId);
  assert.equal(ids[0], ids[1]);
  assert.match(ids[0] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(Math.abs(timeOfUuid(ids[0] ?? '') - Date.now()) < 60_000);
});

test('an answer that cannot be kept is given all the same', async () => {
  const answers = new MemoryAnswerStore();
  answers.keep = () => Promise.reject(new Error('disk full'));
  const door = openDoor({ answers });
  assert.equal((await door.app.inject(keyed('k'))).statusCode, 200);
  assert.equal(door.logged.filter(({ level }) => level === 'error').length, 1);
});

test('a second request waits for the first and gets its answer; another body does not wait', async () => {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const door = openDoor({
    submit: async (handed) => {
      begun.resolve();
      await gate.promise;
      return acceptNew(handed);
    },
  });
  const first = door.app.inject(keyed('k'));
  await begun.promise;
  const second = door.app.inject(keyed('k'));
  const other = await door.app.inject(keyed('k', { ...MINIMAL, Subject: 'Other' }));
  assert.equal(other.statusCode, 409);
  gate.resolve();
  assert.equal((await second).body, (await first).body);
  assert.equal(door.handed.length, 1);
});

test('the test token keeps nothing', async () => {
  const door = openDoor();
  for (const Subject of ['one', 'two']) {
    const answer = await door.app.inject(keyed('k', { ...MINIMAL, Subject }, '/email', 'POSTMARK_API_TEST'));
    assert.equal(answer.statusCode, 200);
  }
});
