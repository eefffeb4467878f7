// GET /: what it says, and that nothing in it or from elsewhere can run or be fetched. How it behaves is for browser tests.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { openDoor } from '../support/api-door.ts';

test('says that mail is captured, what runs and where to send', async () => {
  const response = await openDoor().app.inject('/');
  assert.equal(response.headers['content-type'], 'text/html; charset=utf-8');
  for (const text of [
    'Capture is on: no mail leaves this installation',
    'mail.example.com',
    'version 0.1.0',
    'http://127.0.0.1:8025',
    '127.0.0.1:2525',
    '127.0.0.1:2526',
    'BULKHEAD_DELIVERY=direct',
  ]) {
    assert.ok(response.body.includes(text), text);
  }
  assert.doesNotMatch(response.body, /\{\{/);
});

test('says that mail is delivered, and which role is not ready', async () => {
  const roles = [{ name: 'smtp', ready: false, detail: 'port taken' }];
  const { body } = await openDoor({ facts: { delivery: 'direct', roles } }).app.inject('/');
  assert.ok(body.includes('Delivery is on: mail goes to its recipients'));
  assert.match(body, /not ready<\/span>\s*<span>smtp <small>port taken/);
});

test('what the installation says about itself cannot become markup', async () => {
  const hostname = '<script>alert("1")</script>&{{mode}}';
  const { body } = await openDoor({ facts: { hostname } }).app.inject('/');
  assert.ok(body.includes('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;{{mode}}'));
  assert.equal(body.match(/<script>/g)?.length, 1);
});

test('the policy lets only the page’s own script run and nothing be fetched from elsewhere', async () => {
  const response = await openDoor().app.inject('/');
  const policy = String(response.headers['content-security-policy']);
  const script = /<script>([^]*?)<\/script>/.exec(response.body)?.[1] ?? '';
  const hash = createHash('sha256').update(script).digest('base64');
  assert.ok(script.length > 1000);
  assert.ok(policy.includes(`script-src 'sha256-${hash}'`));
  for (const rule of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "form-action 'none'"]) {
    assert.ok(policy.includes(rule), rule);
  }
  assert.doesNotMatch(response.body, /(?:src|href)="(?!data:)/);
  assert.match(response.body, /<iframe id="html" sandbox=""/);
});
