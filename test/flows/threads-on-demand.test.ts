// Threads that run only where they are needed: no role while they are not, a role that is ready from then on; what they do is right.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, SENDER_DOMAIN, startInstallation } from '../support/installation.ts';

test('the threads for bulk requests and templates start when they are needed, and are roles from then on', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-threads-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const server = await startInstallation({ data });
  t.after(() => server.kill());
  const roles = async (): Promise<readonly string[]> => {
    const { status, body } = await server.api('GET', '/health');
    assert.equal(status, 200, JSON.stringify(body));
    return body.Roles.map(({ Name }: { Name: string }) => Name);
  };
  assert.ok((await roles()).every((name) => !['bulk', 'templates'].includes(name)));

  const from = `news@${SENDER_DOMAIN}`;
  const fields = { Name: 'Large', Alias: 'large', Subject: 'S', HtmlBody: `<p>{{a}}</p><!--${'x'.repeat(200_000)}-->` };
  assert.equal((await server.api('POST', '/templates', { body: fields })).status, 200);
  assert.ok((await roles()).includes('templates'));
  const tried = await server.api('POST', '/templates/validate', { body: { HtmlBody: '<p>{{a}}' } });
  assert.equal(tried.body.HtmlBody.RenderedContent, '<p>a_Value');
  const message = { From: from, To: 'bob@example.net', TemplateAlias: 'large', TemplateModel: { a: '<here>' } };
  const sent = await server.api('POST', '/email/withTemplate', { body: message });
  assert.equal(sent.body.Message, 'OK');
  const details = await eventually('the message', async () => {
    const found = await server.api('GET', `/messages/outbound/${sent.body.MessageID}/details`);
    return found.status === 200 ? found.body : undefined;
  });
  assert.match(details.HtmlBody, /<p>&lt;here&gt;<\/p>/);

  const bulk = { From: from, Subject: 'S', TextBody: 'x', Messages: [{ To: 'bob@example.net' }] };
  assert.equal((await server.api('POST', '/email/bulk', { body: bulk })).status, 200);
  assert.ok((await roles()).includes('bulk'));
  assert.equal(await server.stop(), 0);
});
