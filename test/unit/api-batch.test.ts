// POST /email/batch (contract sending 7): one result per message in order, and refusals of the whole call.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SubmitResult } from '../../src/core/draft.ts';
import { API_ERRORS } from '../../src/domain/api-error.ts';
import { accept, MESSAGE_ID, MINIMAL, openDoor, post, type Handed } from '../support/api-door.ts';

const refused = (error: ReturnType<typeof API_ERRORS.noBody>): SubmitResult => ({
  kind: 'refused',
  messageId: MESSAGE_ID,
  error,
});
const subjectOf = ({ draft }: Handed): string => (draft.kind === 'content' ? (draft.subject ?? '') : '');

test('answers 200 with one result per message, in the order of the request', async () => {
  const door = openDoor({
    submit: async (handed) => {
      // The later ones are done first.
      await new Promise((resolve) => setTimeout(resolve, 20 - Number(subjectOf(handed))));
      return { ...accept(), messageId: subjectOf(handed) } as SubmitResult;
    },
  });
  const messages = Array.from({ length: 20 }, (_, index) => ({ ...MINIMAL, Subject: String(index) }));
  const response = await door.app.inject(post('/email/batch', messages));
  assert.equal(response.statusCode, 200);
  const ids = response.json<{ MessageID: string }[]>().map(({ MessageID }) => MessageID);
  assert.deepEqual(
    ids,
    messages.map(({ Subject }) => Subject),
  );
});

test('a message that fails has code and text only, and the others are sent', async () => {
  const results: Record<string, SubmitResult> = {
    ok: accept(),
    none: refused(API_ERRORS.zeroRecipients()),
    inactive: refused(API_ERRORS.inactiveRecipients(['a@example.com', 'b@example.com'])),
    full: { kind: 'unavailable', reason: 'disk full' },
  };
  const door = openDoor({ submit: (handed) => results[subjectOf(handed)] ?? accept() });
  const response = await door.app.inject(
    post('/email/batch', [
      { ...MINIMAL, Subject: 'ok' },
      { ...MINIMAL, Subject: 'none' },
      { ...MINIMAL, Subject: 'inactive' },
      { ...MINIMAL, Subject: 'full' },
      { ...MINIMAL, Metadata: [] },
      null,
      'text',
    ]),
  );
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['x-pm-apierrorcode'], undefined);
  assert.deepEqual(response.json(), [
    {
      To: MINIMAL.To,
      SubmittedAt: '2026-11-05T16:33:54.9070000Z',
      MessageID: MESSAGE_ID,
      ErrorCode: 0,
      Message: 'OK',
    },
    { ErrorCode: 300, Message: 'Zero recipients specified' },
    {
      ErrorCode: 406,
      Message:
        'You tried to send to a recipient that has been marked as inactive. Found inactive addresses: a@example.com, b@example.com. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression. ',
    },
    { ErrorCode: 100, Message: 'The message cannot be taken right now; nothing was kept or sent, try again later.' },
    { ErrorCode: 403, Message: 'Invalid request field(s): $.Metadata' },
    { ErrorCode: 403, Message: 'Invalid request field(s): $' },
    { ErrorCode: 403, Message: 'Invalid request field(s): $' },
  ]);
});

test('one message that goes wrong unexpectedly does not take the batch with it', async () => {
  const door = openDoor({
    submit: (handed) => {
      if (subjectOf(handed) === 'boom') throw new Error('boom');
      return accept();
    },
  });
  const response = await door.app.inject(post('/email/batch', [MINIMAL, { ...MINIMAL, Subject: 'boom' }, MINIMAL]));
  const codes = response.json<{ ErrorCode: number }[]>().map(({ ErrorCode }) => ErrorCode);
  assert.deepEqual(codes, [0, 101, 0]);
  assert.equal(door.logged.length, 1);
});

test('a batch of which nothing could be kept is 503, so that it is sent again', async () => {
  const door = openDoor({ submit: () => ({ kind: 'unavailable', reason: 'disk full' }) });
  const response = await door.app.inject(post('/email/batch', [MINIMAL, MINIMAL]));
  assert.equal(response.statusCode, 503);
  assert.equal(response.json<{ ErrorCode: number }>().ErrorCode, 100);
});

const message = JSON.stringify(MINIMAL);
const list = (count: number): string => `[${Array.from({ length: count }, () => message).join(',')}]`;

const WHOLE: readonly [what: string, body: string, status: number, json: unknown][] = [
  ['an empty list', ' [ ] ', 200, []],
  ['an object', '{"Messages":[]}', 422, { ErrorCode: 403, Message: 'Invalid request field(s): $' }],
  ['null', 'null', 422, { ErrorCode: 403, Message: 'Invalid request field(s): $' }],
  [
    'a list that breaks off',
    `[${message},`,
    422,
    { ErrorCode: 402, Message: 'Received invalid JSON input: Unexpected end of JSON input.' },
  ],
  [
    'a broken message after good ones',
    `[${message},{"From":}]`,
    422,
    { ErrorCode: 402, Message: "Received invalid JSON input: in element 1 of the array: Unexpected token '}'." },
  ],
  [
    '501 messages',
    list(501),
    422,
    { ErrorCode: 410, Message: 'You may only send up to 500 messages in a single batched request.' },
  ],
];

for (const [what, body, status, json] of WHOLE) {
  test(`answers ${what} with ${status} and hands nothing over`, async () => {
    const door = openDoor();
    const response = await door.app.inject(post('/email/batch', body));
    assert.deepEqual([response.statusCode, response.json()], [status, json]);
    assert.equal(door.handed.length, 0);
  });
}

test('takes 500 messages', async () => {
  const response = await openDoor().app.inject(post('/email/batch/', list(500)));
  assert.equal(response.json<unknown[]>().length, 500);
});

test('works on many messages at a time, and on no more than its bound', async () => {
  let running = 0;
  let most = 0;
  const door = openDoor({
    limits: { batchParallel: 7 },
    submit: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      return accept();
    },
  });
  await door.app.inject(post('/email/batch', list(50)));
  assert.equal(most, 7);
});

test('the test token answers each message of a batch as a test job', async () => {
  const door = openDoor();
  const response = await door.app.inject(
    post('/email/batch', list(2), { headers: { 'x-postmark-server-token': 'POSTMARK_API_TEST' } }),
  );
  assert.deepEqual(
    response.json<{ Message: string }[]>().map(({ Message }) => Message),
    ['Test job accepted', 'Test job accepted'],
  );
  assert.ok(door.handed.every(({ options }) => options.dryRun));
});

test('another request is answered while a batch of costly messages is worked on', async () => {
  const busy = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };
  let done = 0;
  let single: Promise<number> | undefined;
  const door = openDoor({
    submit: async (handed) => {
      await Promise.resolve();
      if (subjectOf(handed) === 'single') return accept();
      busy(1);
      if (++done === 10) {
        single = door.app.inject(post('/email', { ...MINIMAL, Subject: 'single' })).then(() => done);
      }
      return accept();
    },
  });
  await door.app.inject(post('/email/batch', list(200)));
  const doneByThen = await single;
  assert.ok(doneByThen !== undefined && doneByThen < 100, `${doneByThen} messages went first`);
});
