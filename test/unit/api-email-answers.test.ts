// What POST /email answers: the success object, and every refusal with its status, envelope and header (contract sending 2, 3, 6.7).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiError, API_ERRORS } from '../../src/domain/api-error.ts';
import { MESSAGE_ID, MINIMAL, openDoor, post, SUBMITTED_AT } from '../support/api-door.ts';

test('a success has exactly the documented fields', async () => {
  const response = await openDoor().app.inject(post('/email', { ...MINIMAL, To: ' Bob <bob@example.net>,' }));
  assert.equal(response.statusCode, 200);
  assert.match(response.headers['content-type'] as string, /^application\/json/);
  assert.equal(response.headers['x-pm-apierrorcode'], undefined);
  assert.deepEqual(response.json(), {
    To: ' Bob <bob@example.net>,',
    SubmittedAt: '2026-11-05T16:33:54.9070000Z',
    MessageID: MESSAGE_ID,
    ErrorCode: 0,
    Message: 'OK',
  });
});

test('Cc and Bcc are echoed where they were given', async () => {
  const response = await openDoor().app.inject(
    post('/email', { ...MINIMAL, To: '', Cc: 'c@example.net', Bcc: 'd@example.net' }),
  );
  const { To, Cc, Bcc } = response.json<Record<string, unknown>>();
  assert.deepEqual({ To, Cc, Bcc }, { To: '', Cc: 'c@example.net', Bcc: 'd@example.net' });
});

test('says which recipients were left out, in words that clients parse', async () => {
  const door = openDoor({
    submit: () => ({
      kind: 'accepted',
      messageId: MESSAGE_ID,
      submittedAt: SUBMITTED_AT,
      partlyInactive: ['a@example.com', 'b@example.com'],
    }),
  });
  const { ErrorCode, Message } = (await door.app.inject(post('/email', MINIMAL))).json<Record<string, unknown>>();
  assert.equal(ErrorCode, 0);
  assert.equal(Message, 'Message OK, but will not deliver to these inactive addresses: a@example.com, b@example.com.');
});

const REFUSED = [
  API_ERRORS.zeroRecipients(),
  API_ERRORS.invalidAddress('To', 'test'),
  API_ERRORS.noBody(),
  API_ERRORS.notASender('ann@example.com'),
  API_ERRORS.unconfirmedSender('ann@example.com'),
  API_ERRORS.inactiveRecipients(['a@example.com', 'b@example.com']),
  API_ERRORS.forbiddenAttachment('a.exe'),
  API_ERRORS.unknownStream('nope'),
  API_ERRORS.cannotSend('inbound'),
  apiError(412, 'While your account is pending approval, all recipients must be on the From domain.'),
];

for (const error of REFUSED) {
  test(`answers a refusal with code ${error.code} as 422: ${error.message.slice(0, 40)}`, async () => {
    const door = openDoor({ submit: () => ({ kind: 'refused', messageId: MESSAGE_ID, error }) });
    const response = await door.app.inject(post('/email', MINIMAL));
    assert.equal(response.statusCode, 422);
    assert.equal(response.headers['x-pm-apierrorcode'], String(error.code));
    assert.deepEqual(response.json(), { ErrorCode: error.code, Message: error.message });
  });
}

test('the text of 406 is parsed by the regular expressions of the official clients', async () => {
  const error = API_ERRORS.inactiveRecipients(['a@example.com', 'b@example.com']);
  const found = /Found inactive addresses: (.+?)\. Inactive/.exec(error.message)?.[1]?.split(', ');
  assert.deepEqual(found, ['a@example.com', 'b@example.com']);
  assert.equal(/Found inactive addresses:\s*(.+?)\.(?:\s|$)/.exec(error.message)?.[1], 'a@example.com, b@example.com');
});

const MALFORMED: readonly [what: string, body: string | Buffer, status: number, json: object][] = [
  ['an empty body', '', 422, { ErrorCode: 402, Message: 'Received invalid JSON input: the body is empty.' }],
  [
    'half an object',
    '{"From":',
    422,
    { ErrorCode: 402, Message: 'Received invalid JSON input: Unexpected end of JSON input.' },
  ],
  [
    'text that is no JSON, without repeating it',
    'secret',
    422,
    { ErrorCode: 402, Message: "Received invalid JSON input: Unexpected token 's'." },
  ],
  [
    'bytes that are no UTF-8',
    Buffer.from([0x22, 0xff, 0x22]),
    422,
    { ErrorCode: 402, Message: 'Received invalid JSON input: the body is not UTF-8.' },
  ],
  ['null', 'null', 422, { ErrorCode: 403, Message: 'Invalid request field(s): $' }],
  ['a list', '[]', 422, { ErrorCode: 403, Message: 'Invalid request field(s): $' }],
  ['a text', '"hello"', 422, { ErrorCode: 403, Message: 'Invalid request field(s): $' }],
  [
    'metadata as a list',
    '{"Metadata":["a"]}',
    422,
    { ErrorCode: 403, Message: 'Invalid request field(s): $.Metadata' },
  ],
  [
    'metadata with a number',
    '{"Metadata":{"a":1}}',
    422,
    { ErrorCode: 403, Message: 'Invalid request field(s): $.Metadata' },
  ],
  [
    'several wrong types',
    '{"From":1,"trackopens":"yes","Headers":[{"Name":"a","Value":2}]}',
    422,
    { ErrorCode: 403, Message: 'Invalid request field(s): $.From, $.TrackOpens, $.Headers[0].Value' },
  ],
  [
    'recipients as a list',
    '{"To":["a@example.com"]}',
    422,
    { ErrorCode: 403, Message: 'Invalid request field(s): $.To' },
  ],
  [
    'an unknown TrackLinks',
    '{"TrackLinks":"All"}',
    422,
    { ErrorCode: 403, Message: 'Invalid request field(s): $.TrackLinks' },
  ],
];

for (const [what, body, status, json] of MALFORMED) {
  test(`refuses ${what} and hands nothing over`, async () => {
    const door = openDoor();
    const response = await door.app.inject(
      post('/email', body, { headers: { 'content-length': String(Buffer.byteLength(body)) } }),
    );
    assert.deepEqual([response.statusCode, response.json()], [status, json]);
    assert.equal(door.handed.length, 0);
  });
}

test('a queue that cannot take the message is 503, and its reason stays in the log', async () => {
  const door = openDoor({ submit: () => ({ kind: 'unavailable', reason: 'ENOSPC /var/lib/lane.db' }) });
  const response = await door.app.inject(post('/email', MINIMAL));
  assert.equal(response.statusCode, 503);
  assert.equal(response.headers['retry-after'], '1');
  assert.deepEqual(response.json(), {
    ErrorCode: 100,
    Message: 'The message cannot be taken right now; nothing was kept or sent, try again later.',
  });
  assert.deepEqual(door.logged, [{ level: 'warn', fields: { reason: 'ENOSPC /var/lib/lane.db' } }]);
});

test('what nobody foresaw is 500 with an id that leads to the log line, and tells nothing else', async () => {
  const door = openDoor({
    submit: () => {
      throw new Error('select * from secrets');
    },
  });
  const response = await door.app.inject(post('/email', MINIMAL));
  assert.equal(response.statusCode, 500);
  const { ErrorCode, Message } = response.json<{ ErrorCode: number; Message: string }>();
  assert.equal(ErrorCode, 101);
  const id = /^An unexpected error happened\. Error id: ([0-9a-f-]{36})$/.exec(Message)?.[1];
  assert.equal(door.logged[0]?.fields.errorId, id);
  assert.match(String(door.logged[0]?.fields.err), /secrets/);
  assert.equal(door.logged[0]?.fields.where, 'POST /email');
});

for (const path of ['/EMAIL', '/email/', '/Email']) {
  test(`finds POST ${path}`, async () => {
    assert.equal((await openDoor().app.inject(post(path, MINIMAL))).statusCode, 200);
  });
}
