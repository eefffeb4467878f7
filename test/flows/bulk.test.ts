// Bulk requests on a whole server: killed in the middle it goes on and repeats no message; cancelled it stops; a paused
// stream holds it; single messages are answered meanwhile.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { eventually, SENDER_DOMAIN, startInstallation, type Installation } from '../support/installation.ts';

const FROM = `news@${SENDER_DOMAIN}`;

function bulkOf(count: number, change: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    From: FROM,
    Subject: 'News for {{name}}',
    HtmlBody: '<p>Dear {{name}}, {{{html}}}</p>',
    Messages: Array.from({ length: count }, (_, index) => ({
      To: `r${index}@example.com`,
      TemplateModel: { name: `n<${index}>`, html: '<b>hi</b>' },
    })),
    ...change,
  };
}

function folder(t: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  return data;
}

async function look(server: Installation, id: string) {
  return (await server.api('GET', `/email/bulk/${id}`)).body;
}

async function whenDone(server: Installation, id: string) {
  return eventually(
    'the end of the bulk request',
    async () => {
      const found = await look(server, id);
      return ['Completed', 'Failed'].includes(found.Status) ? found : undefined;
    },
    60_000,
  );
}

/** Recipients of all that the capture has, once there are so many: pages of a list that grows would overlap. */
async function captured(server: Installation, count: number): Promise<readonly string[]> {
  await eventually(
    `${count} captured messages`,
    async () => ((await server.api('GET', '/capture?count=1&offset=0')).body.TotalCount >= count ? true : undefined),
    60_000,
  );
  const to: string[] = [];
  for (let offset = 0; ; offset += 500) {
    const { body } = await server.api('GET', `/capture?count=500&offset=${offset}`);
    to.push(...body.Messages.map((one: { To: { Email: string }[] }) => one.To[0]?.Email ?? ''));
    if (body.Messages.length < 500) return to;
  }
}

test('a request goes on after the process was killed, and nobody is written to twice', async (t) => {
  const data = folder(t);
  const count = 1000;
  const first = await startInstallation({ data });
  t.after(() => first.kill());
  const { body } = await first.api('POST', '/email/bulk', { body: bulkOf(count) });
  assert.equal(body.Status, 'Accepted', JSON.stringify(body));
  await eventually('some releases', async () => ((await look(first, body.Id)).ReleasedCount > 100 ? true : undefined));
  await first.kill();

  const second = await startInstallation({ data });
  t.after(() => second.kill());
  const end = await whenDone(second, body.Id);
  assert.deepEqual(
    [end.Status, end.TotalMessages, end.ReleasedCount, end.FailedCount, end.PercentageCompleted],
    ['Completed', count, count, 0, 100],
  );
  const to = await captured(second, count);
  assert.equal(new Set(to).size, count);
  assert.equal(to.length, count, 'each once');
  const { body: found } = await second.api(
    'GET',
    '/messages/outbound?count=1&offset=0&messagestream=broadcast&recipient=r7@example.com',
  );
  const details = await second.api('GET', `/messages/outbound/${found.Messages[0].MessageID}/details`);
  assert.equal(details.body.Subject, 'News for n<7>');
  assert.match(details.body.HtmlBody, /Dear n&lt;7&gt;, <b>hi<\/b>/);
  assert.equal(await second.stop(), 0);
});

test('cancelled, paused, failed: the request says how it stands, and single messages go on', async (t) => {
  const server = await startInstallation({ data: folder(t) });
  t.after(() => server.kill());
  const status = await server.api('GET', '/servers', { account: true });
  const serverId = status.status === 200 ? status.body.Servers[0].ID : 1;
  const hold = { ServerID: serverId, StreamID: 'broadcast', Reason: 'a test' };
  assert.equal((await server.api('POST', '/holds', { account: true, body: hold })).status, 200);
  const { body } = await server.api('POST', '/email/bulk', { body: bulkOf(200) });
  const waiting = await eventually('the note', async () => {
    const found = await look(server, body.Id);
    return found.Note === undefined ? undefined : found;
  });
  assert.match(waiting.Note, /paused/);
  assert.equal(waiting.ReleasedCount, 0);
  assert.equal((await server.send({ From: FROM, To: 'one@example.com', TextBody: 'x' })).body.Message, 'OK');

  const cancelled = await server.api('POST', `/email/bulk/${body.Id}/cancel`);
  assert.deepEqual([cancelled.status, cancelled.body.Status, cancelled.body.ReleasedCount], [200, 'Cancelled', 0]);
  await server.api('DELETE', `/holds/${serverId}/broadcast`, { account: true });

  const unfit = bulkOf(0, {
    HtmlBody: '{{#each list}}{{.}}{{/each}}',
    Messages: [{ To: 'unfit@example.com', TemplateModel: { list: 'x' } }, { To: 'fit@example.com' }],
  });
  const second = await server.api('POST', '/email/bulk', { body: unfit });
  const end = await whenDone(server, second.body.Id);
  assert.deepEqual([end.Status, end.ReleasedCount, end.FailedCount], ['Completed', 1, 1]);
  const bounce = await eventually('the bounce', async () => {
    const { body: bounces } = await server.api(
      'GET',
      '/bounces?count=5&offset=0&messagestream=broadcast&emailFilter=unfit@example.com',
    );
    return bounces.Bounces[0];
  });
  assert.deepEqual([bounce.Type, bounce.TypeCode], ['TemplateRenderingFailed', 100010]);
  const list = await server.api('GET', '/email/bulk?count=1');
  assert.equal(list.body.Requests[0].Id, second.body.Id);
  assert.equal(await server.stop(), 0);
});
