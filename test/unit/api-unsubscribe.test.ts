// The page behind the link of a message, as browsers, scanners and mailbox providers ask for it (contract sending 14, RFC 8058).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subscription, UnsubscribeDesk } from '../../src/core/unsubscribe.ts';
import { message } from '../support/activity-fixture.ts';
import { openDoor } from '../support/api-door.ts';

const ONE: Subscription = { message: message(), address: 'bob@example.net', streamName: 'News & <more>' };
const SEVERAL: Subscription = { ...ONE, address: undefined };

function world(subscription: Subscription | undefined = ONE, { complained = false } = {}) {
  const done: string[] = [];
  const left = new Set<string>();
  const unsubscribe: UnsubscribeDesk = {
    find: async (token) => (token === 'good' ? subscription : undefined),
    recipient: (_of, given) => (given === 'bob@example.net' ? given : undefined),
    leave: async (_of, address) => void (done.push(`leave ${address}`), left.add(address)),
    comeBack: async (_of, address) => (done.push(`back ${address}`), !complained),
    hasLeft: async (_of, address) => left.has(address),
  };
  const { app } = openDoor({ unsubscribe });
  return {
    done,
    get: () => app.inject('/unsubscribe/good'),
    post: (payload = '', type = 'application/x-www-form-urlencoded') =>
      app.inject({ method: 'POST', url: '/unsubscribe/good', payload, headers: { 'content-type': type } }),
    unknown: (method: 'GET' | 'POST') => app.inject({ method, url: '/unsubscribe/bad' }),
  };
}

test('the page asks, and nothing happens before somebody answers', async () => {
  const { get, done } = world();
  const page = await get();
  assert.equal(page.statusCode, 200);
  assert.match(page.body, /Stop sending <strong>News &amp; &lt;more&gt;<\/strong> to <strong>bob@example\.net/);
  assert.match(page.body, /<form method="post"><button>Unsubscribe/);
  assert.deepEqual(done, []);
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
  assert.deepEqual([page.headers['cache-control'], page.headers['referrer-policy']], ['no-store', 'no-referrer']);
  assert.doesNotMatch(page.body, /<script|https?:\/\//);
});

for (const [what, payload, type] of [
  ['a mailbox provider', 'List-Unsubscribe=One-Click', 'application/x-www-form-urlencoded'],
  [
    'a provider that sends a multipart form',
    '--a\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--a--',
    'multipart/form-data; boundary=a',
  ],
  ['the button', '', 'application/x-www-form-urlencoded'],
  ['somebody who sends nonsense', 'x'.repeat(100_000), 'application/x-www-form-urlencoded'],
] as const) {
  test(`a POST of ${what} unsubscribes at once`, async () => {
    const { post, get, done } = world();
    const page = await post(payload, type);
    assert.equal(page.statusCode, 200);
    assert.match(page.body, /You are unsubscribed/);
    assert.deepEqual(done, ['leave bob@example.net']);
    assert.match((await get()).body, /Subscribe again/);
  });
}

test('the confirmation offers the way back', async () => {
  const { post, done } = world();
  await post();
  const page = await post('action=resubscribe&address=bob%40example.net');
  assert.match(page.body, /You are subscribed again/);
  assert.deepEqual(done, ['leave bob@example.net', 'back bob@example.net']);
});

test('who is kept off for another reason is told', async () => {
  const page = await world(ONE, { complained: true }).post('action=resubscribe');
  assert.match(page.body, /cannot be undone here/);
});

test('a link of a message for several asks for the address, which must be one of them', async () => {
  const { get, post, done } = world(SEVERAL);
  assert.match((await get()).body, /name="address"/);
  assert.match((await post('List-Unsubscribe=One-Click')).body, /name="address"/);
  assert.match((await post('address=zed%40example.net')).body, /did not go to that address/);
  assert.deepEqual(done, []);
  assert.match((await post('address=bob%40example.net')).body, /You are unsubscribed/);
  assert.deepEqual(done, ['leave bob@example.net']);
});

for (const method of ['GET', 'POST'] as const) {
  test(`${method} of a link that is none of ours is 404 and says so in words`, async () => {
    const page = await world().unknown(method);
    assert.equal(page.statusCode, 404);
    assert.match(page.body, /This link does not work/);
  });
}
