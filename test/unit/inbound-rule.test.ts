// Rules for inbound mail: what is one, whom it blocks, and the endpoint (contract management 10).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { newServerSettings } from '../../src/core/manage-servers.ts';
import { isBlocked, readInboundRule } from '../../src/domain/inbound-rule.ts';
import { TOKENS, get, openDoor, post } from '../support/api-door.ts';

describe('a rule', () => {
  const RULES: readonly [text: string, rule: string | undefined][] = [
    ['Someone@Example.COM', 'someone@example.com'],
    [' example.com ', 'example.com'],
    ['a@bücher.example', 'a@xn--bcher-kva.example'],
    ['@example.com', undefined],
    ['a b@example.com', undefined],
    ['localhost', undefined],
    ['', undefined],
    [`${'a'.repeat(320)}@example.com`, undefined],
  ];
  for (const [text, rule] of RULES) {
    test(`'${text.slice(0, 30)}' is ${rule ?? 'none'}`, () => assert.equal(readInboundRule(text), rule));
  }

  test('blocks its address or its exact domain, whatever the case', () => {
    const rules = [{ rule: 'a@example.com' }, { rule: 'example.net' }];
    const blocked = ['A@EXAMPLE.com', 'b@example.com', 'x@Example.Net', 'x@sub.example.net', 'nonsense'];
    assert.deepEqual(
      blocked.map((address) => isBlocked(rules, address)),
      [true, false, true, false, false],
    );
  });
});

test('rules are added, listed in pages, refused with their codes, and removed', async () => {
  const store = new MemoryControlStore();
  const accountId = await store.createAccount('One');
  const { id: serverId } = await store.createServer(accountId, 'Shop', newServerSettings({}));
  await store.createToken({ kind: 'server', accountId, serverId, hash: TOKENS.server, hint: '1111' });
  const { app } = openDoor({ store });
  const url = '/triggers/inboundRules/';
  const made = (await app.inject(post(url, { rule: 'Spam@Example.com' }))).json();
  assert.deepEqual(made, { ID: 1, Rule: 'spam@example.com' });
  await app.inject(post(url, { Rule: 'example.net' }));
  const list = (await app.inject(get(`${url}?Count=1&Offset=1`))).json();
  assert.deepEqual(list, { TotalCount: 2, InboundRules: [{ ID: 2, Rule: 'example.net' }] });
  const code = async (answer: Promise<{ json: () => { ErrorCode: number } }>): Promise<number> =>
    (await answer).json().ErrorCode;
  assert.equal(await code(app.inject(get(url))), 800);
  assert.equal(await code(app.inject(post(url, {}))), 809);
  assert.equal(await code(app.inject(post(url, { Rule: 'EXAMPLE.NET' }))), 810);
  assert.equal(await code(app.inject(post(url, { Rule: 'no rule' }))), 813);
  const headers = { 'x-postmark-server-token': TOKENS.server };
  const removed = await app.inject({ method: 'DELETE', url: `${url}1`, headers });
  assert.deepEqual(removed.json(), { ErrorCode: 0, Message: 'Rule spam@example.com removed.' });
  assert.equal(await code(app.inject({ method: 'DELETE', url: `${url}1`, headers })), 812);
  assert.equal(await code(app.inject({ method: 'DELETE', url: `${url}x`, headers })), 812);
});
