// The suppressions API (contract sending 15): dump with its filters, results per address, codes, and the state behind them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamId } from '../../src/lib/ids.ts';
import { ActivityUnavailable } from '../../src/ports/activity.ts';
import { ROWS_OF_A_PAGE } from '../../src/ports/suppression-lists.ts';
import { TOKENS } from '../support/api-door.ts';
import { streamsWorld } from '../support/streams-door.ts';

const LIST = '/message-streams/outbound/suppressions';
const INVALID = 'An invalid email address was provided.';
const NO_AUTHORITY = 'You do not have the required authority to change this suppression.';
const LEFT = { reason: 'ManualSuppression', origin: 'Recipient' } as const;
const COMPLAINT = { reason: 'SpamComplaint', origin: 'Recipient' } as const;

const body = (...addresses: unknown[]) => ({ Suppressions: addresses.map((EmailAddress) => ({ EmailAddress })) });

test('addresses are put on the list, each with its own result, in the order given', async () => {
  const world = await streamsWorld();
  await world.suppress('hard@x.example');
  await world.suppress('angry@x.example', COMPLAINT);
  await world.suppress('left@x.example', LEFT);
  const given = ['Ann@X.example', 'nope', 'hard@x.example', 'angry@x.example', 'left@x.example', ' bob@x.example '];
  const answer = await world.call('POST', LIST, body(...given));
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, {
    Suppressions: [
      { EmailAddress: 'Ann@X.example', Status: 'Suppressed', Message: null },
      { EmailAddress: 'nope', Status: 'Failed', Message: INVALID },
      { EmailAddress: 'hard@x.example', Status: 'Suppressed', Message: null },
      { EmailAddress: 'angry@x.example', Status: 'Failed', Message: NO_AUTHORITY },
      { EmailAddress: 'left@x.example', Status: 'Failed', Message: NO_AUTHORITY },
      { EmailAddress: ' bob@x.example ', Status: 'Suppressed', Message: null },
    ],
  });
  const found = await world.store.suppressionLists.row(world.serverId, 'outbound' as StreamId, 'ann@x.example');
  assert.deepEqual([found?.reason, found?.origin], ['ManualSuppression', 'Customer']);
});

test('addresses are taken off the list, and what is on none is a success', async () => {
  const world = await streamsWorld();
  for (const [address, change] of [
    ['hard@x.example', {}],
    ['angry@x.example', COMPLAINT],
    ['left@x.example', LEFT],
    ['mine@x.example', { reason: 'ManualSuppression', origin: 'Customer' }],
  ] as const)
    await world.suppress(address, change);
  const given = [
    'HARD@x.example',
    'angry@x.example',
    'left@x.example',
    'mine@x.example',
    'none@x.example',
    '<a@b.example>',
  ];
  const answer = await world.call('POST', `${LIST}/delete`, body(...given));
  assert.deepEqual(
    answer.body.Suppressions.map((item: { Status: string; Message: string | null }) => [item.Status, item.Message]),
    [
      ['Deleted', null],
      ['Failed', NO_AUTHORITY],
      ['Failed', NO_AUTHORITY],
      ['Deleted', null],
      ['Deleted', null],
      ['Failed', INVALID],
    ],
  );
  const left = await world.store.suppressions(world.serverId, 'outbound' as StreamId);
  assert.deepEqual(
    left.map(({ address }) => address),
    ['angry@x.example', 'left@x.example'],
  );
});

const REFUSED: readonly [what: string, payload: unknown, code: string][] = [
  ['no body', undefined, '1409'],
  ['a body that is no JSON', '{"Suppressions":', '1409'],
  ['null', 'null', '1409'],
  ['no list', {}, '1409'],
  ['an empty list', body(), '1409'],
  ['a list that is none', { Suppressions: 'ann@x.example' }, '1409'],
  ['entries that are none', { Suppressions: ['ann@x.example'] }, '1409'],
  ['an address that is no text', body(7), '1409'],
  ['51 entries', body(...Array.from({ length: 51 }, (_, n) => `a${n}@x.example`)), '1410'],
];

for (const path of ['', '/delete']) {
  for (const [what, payload, code] of REFUSED) {
    test(`POST …/suppressions${path} with ${what} is refused with ${code}`, async () => {
      const { call } = await streamsWorld();
      const answer = await call('POST', `${LIST}${path}`, payload);
      assert.deepEqual([answer.status, answer.code], [422, code]);
    });
  }
}

test('fifty entries are taken, and an entry without an address fails alone', async () => {
  const { call } = await streamsWorld();
  const addresses = Array.from({ length: 49 }, (_, n) => `a${n}@x.example`);
  const { Suppressions } = body(...addresses);
  const answer = await call('POST', LIST, { suppressions: [...Suppressions, { emailaddress: null }] });
  assert.equal(answer.body.Suppressions.filter(({ Status }: { Status: string }) => Status === 'Suppressed').length, 49);
  assert.deepEqual(answer.body.Suppressions.at(-1), { EmailAddress: '', Status: 'Failed', Message: INVALID });
});

test('a dump has all rows and no count', async () => {
  const world = await streamsWorld();
  await world.suppress('bob@x.example', COMPLAINT);
  await world.suppress('ann@x.example');
  const answer = await world.call('GET', `${LIST}/dump`);
  assert.deepEqual(answer.body, {
    Suppressions: [
      {
        EmailAddress: 'ann@x.example',
        SuppressionReason: 'HardBounce',
        Origin: 'Recipient',
        CreatedAt: '2026-11-05T11:33:54-05:00',
      },
      {
        EmailAddress: 'bob@x.example',
        SuppressionReason: 'SpamComplaint',
        Origin: 'Recipient',
        CreatedAt: '2026-11-05T11:33:54-05:00',
      },
    ],
  });
});

for (const [query, expected] of [
  ['?SuppressionReason=spamcomplaint', ['bob']],
  ['?origin=Customer', ['cy']],
  ['?fromdate=2026-11-6', ['cy']],
  ['?todate=2026-11-05', ['ann', 'bob']],
  ['?fromDate=2026-11-05&toDate=2026-11-05', ['ann', 'bob']],
  ['?emailAddress=ANN@x.example', ['ann']],
  ['?EmailAddress=x.example', []],
  ['?EmailAddress=zed@x.example', []],
  ['?count=1&offset=1', ['ann', 'bob', 'cy']],
  ['?SuppressionReason=&Origin=', ['ann', 'bob', 'cy']],
] as const) {
  test(`a dump of '${query}' has ${expected.join(', ') || 'nothing'}`, async () => {
    const world = await streamsWorld();
    await world.suppress('ann@x.example');
    await world.suppress('bob@x.example', COMPLAINT);
    const createdAt = world.clock.at + 86_400_000;
    await world.suppress('cy@x.example', { reason: 'ManualSuppression', origin: 'Customer', createdAt });
    const answer = await world.call('GET', `${LIST}/dump${query}`);
    assert.deepEqual(
      answer.body.Suppressions.map(({ EmailAddress }: { EmailAddress: string }) => EmailAddress.split('@')[0]),
      expected,
    );
  });
}

for (const [query, code] of [
  ['?SuppressionReason=Nope', '1404'],
  ['?Origin=Nope', '1405'],
  ['?fromdate=yesterday', '900'],
] as const) {
  test(`a dump of '${query}' is refused with ${code}`, async () => {
    const { call } = await streamsWorld();
    assert.deepEqual([(await call('GET', `${LIST}/dump${query}`)).code], [code]);
  });
}

test('a long dump is written page by page', async () => {
  const world = await streamsWorld();
  const count = ROWS_OF_A_PAGE * 2 + 1;
  for (let n = 0; n < count; n += 1) await world.suppress(`a${n}@x.example`);
  const answer = await world.call('GET', `${LIST}/dump`);
  assert.equal(answer.body.Suppressions.length, count);
});

test('lists that cannot be read now are 503', async () => {
  const down = { suppressionPage: () => Promise.reject(new ActivityUnavailable('starting')) };
  const { call } = await streamsWorld({ lists: down });
  assert.equal((await call('GET', `${LIST}/dump`)).status, 503);
});

for (const [method, path, payload] of [
  ['GET', '/dump', undefined],
  ['POST', '', body('ann@x.example')],
  ['POST', '/delete', body('ann@x.example')],
] as const) {
  test(`${method} …/suppressions${path} of an unknown stream is 1226, and of another server, too`, async () => {
    const world = await streamsWorld();
    await world.call('POST', '/message-streams', { ID: 'mine', Name: 'Mine', MessageStreamType: 'Broadcasts' });
    assert.equal((await world.call(method, `/message-streams/nope/suppressions${path}`, payload)).code, '1226');
    const foreign = await world.call(method, `/message-streams/mine/suppressions${path}`, payload, TOKENS.other);
    assert.equal(foreign.code, '1226');
  });
}

test('inbound streams have no suppressions: 1407', async () => {
  const { call } = await streamsWorld();
  assert.equal((await call('POST', '/message-streams/inbound/suppressions', body('ann@x.example'))).code, '1407');
  assert.deepEqual((await call('GET', '/message-streams/inbound/suppressions/dump')).body, { Suppressions: [] });
});
