// Every endpoint of the OpenAPI document, walked with no token, with the wrong kind, and with those of somebody else (contract
// sending 1.1 and 24). New endpoints are walked by themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOKENS } from '../support/api-door.ts';
import {
  IDS,
  MARK,
  openFurnishedDoor,
  OTHER_ACCOUNT,
  requestTo,
  type FurnishedDoor,
} from '../support/furnished-door.ts';
import { ENDPOINTS, isPublic, takes, type Described } from '../support/open-api.ts';

const CLOSED = ENDPOINTS.filter((endpoint) => !isPublic(endpoint));
/** Those are of the whole installation: every account may see and change them. */
const SHARED = /^\/(?:pools|addresses|lanes|tls)\b/;
/** Lists all servers of the account, and so what another of them changes of itself. */
const SIBLINGS = 'GET /servers';

test('without a token, with one of the wrong kind, or with none that exists, every endpoint is 401 with code 10', async () => {
  const { app } = await openFurnishedDoor();
  assert.ok(CLOSED.length > 40);
  for (const endpoint of CLOSED) {
    const [server, account] = [takes(endpoint, 'ServerToken'), takes(endpoint, 'AccountToken')];
    const callers = [
      {},
      { token: 'no-such-token' },
      { accountToken: 'no-such-token' },
      { token: TOKENS.account },
      { accountToken: TOKENS.server },
      ...(server ? [] : [{ token: TOKENS.server }]),
      ...(account ? [] : [{ accountToken: TOKENS.account }]),
    ];
    for (const caller of callers) {
      const response = await app.inject(requestTo(endpoint, { id: '1', ...caller }));
      const what = `${endpoint.endpoint} with ${JSON.stringify(caller)}: ${response.body.slice(0, 200)}`;
      assert.equal(response.statusCode, 401, what);
      assert.equal(response.json().ErrorCode, 10, what);
      assert.equal(response.headers['x-pm-apierrorcode'], '10', what);
    }
  }
});

test('a token of the right kind is let in everywhere', async () => {
  for (const endpoint of CLOSED) {
    const { app } = await openFurnishedDoor();
    const caller = takes(endpoint, 'ServerToken') ? { token: TOKENS.server } : { accountToken: TOKENS.account };
    const response = await app.inject(requestTo(endpoint, { id: '1', ...caller }));
    assert.notEqual(response.statusCode, 401, endpoint.endpoint);
    assert.ok(response.statusCode < 500, `${endpoint.endpoint}: ${response.body}`);
  }
});

const STRANGERS: readonly (readonly [who: string, caller: object, kind: 'ServerToken' | 'AccountToken'])[] = [
  ['another server of the account', { token: TOKENS.other }, 'ServerToken'],
  ['a server of another account', { token: TOKENS.orphan }, 'ServerToken'],
  ['the test token', { token: 'POSTMARK_API_TEST' }, 'ServerToken'],
  ['another account', { accountToken: OTHER_ACCOUNT }, 'AccountToken'],
];

for (const [who, caller, kind] of STRANGERS) {
  test(`${who} is shown nothing of a server, and changes nothing of it`, async () => {
    const door = await openFurnishedDoor();
    const before = await ownerSees(door);
    const marked = [...before.values()].filter((seen) => seen.includes(MARK));
    assert.ok(marked.length >= 25, `the owner finds its own in ${marked.length} answers`);
    for (const endpoint of CLOSED.filter((each) => takes(each, kind))) {
      for (const id of idsFor(endpoint)) {
        const response = await door.app.inject(requestTo(endpoint, { id, ...caller }));
        const what = `${endpoint.endpoint} with ${id}: ${response.statusCode} ${response.body.slice(0, 300)}`;
        assert.ok(!withoutEcho(response.body, id).includes(MARK), what);
        assert.ok(response.statusCode < 500, what);
      }
    }
    assert.deepEqual(await ownerSees(door), before);
  });
}

function idsFor({ path }: Described): readonly string[] {
  return path.includes('{') ? IDS : ['1'];
}

/** Some errors name the id that they were given. */
function withoutEcho(body: string, id: string): string {
  return id === MARK && body.includes('"ErrorCode"') ? '' : body;
}

/** What the owner of the first server reads at every endpoint that reads, by endpoint and id. */
async function ownerSees({ app }: FurnishedDoor): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  for (const endpoint of CLOSED.filter(({ method, path }) => method === 'GET' && !SHARED.test(path))) {
    const caller = takes(endpoint, 'ServerToken') ? { token: TOKENS.server } : { accountToken: TOKENS.account };
    for (const id of idsFor(endpoint)) {
      const response = await app.inject(requestTo(endpoint, { id, ...caller }));
      const shown = endpoint.endpoint === SIBLINGS ? ofFirstServer(response.json()) : response.body;
      seen.set(`${endpoint.endpoint} ${id}`, shown);
    }
  }
  return seen;
}

function ofFirstServer({ Servers }: { readonly Servers: readonly { readonly Name: string }[] }): string {
  return JSON.stringify(Servers.filter(({ Name }) => Name === MARK));
}
