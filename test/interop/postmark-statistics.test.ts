// Statistics and data removals by the official client, over a whole installation that is killed, loses its index, and starts
// again: nothing counts twice, and what was erased does not come back.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { AccountClient, Errors, Models, ServerClient } from 'postmark';
import {
  ACCOUNT_TOKEN,
  eventually,
  SENDER_DOMAIN,
  SERVER_TOKEN,
  startInstallation,
  type Installation,
} from '../support/installation.ts';

const FROM = `Ann <ann@${SENDER_DOMAIN}>`;
const BOB = 'bob@example.net';
const MESSAGE = { From: FROM, To: BOB, Subject: 'For Bob', TextBody: 'Dear Bob.', Tag: 'welcome' };

interface World {
  readonly installation: Installation;
  readonly client: ServerClient;
  readonly account: AccountClient;
}

async function start(t: TestContext, data: string, settings: Record<string, string> = {}): Promise<World> {
  const installation = await startInstallation({ data, env: settings });
  t.after(() => installation.stop());
  const at = { requestHost: installation.http.replace('http://', ''), useHttps: false, timeout: 10 };
  const client = new ServerClient(SERVER_TOKEN, at);
  return { installation, client, account: new AccountClient(ACCOUNT_TOKEN, at) };
}

function freshFolder(t: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-statistics-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  return data;
}

const isEmpty = (answer: { Days: readonly unknown[] }): boolean => answer.Days.length === 0;

async function sendAll(client: ServerClient): Promise<void> {
  await client.sendEmail({ ...MESSAGE, Cc: 'carl@example.net' });
  await client.sendEmail({ ...MESSAGE, TrackOpens: true });
  const tracked = { TrackLinks: Models.LinkTrackingOptions.TextOnly, TrackOpens: true };
  await client.sendEmail({ ...MESSAGE, ...tracked, To: 'dora@example.net', Tag: 'other' });
  await client.sendEmail({ ...MESSAGE, To: 'HardBounce@bounce-testing.postmarkapp.com' });
  await client.sendEmail({ ...MESSAGE, To: 'SoftBounce@bounce-testing.postmarkapp.com', Tag: '' });
}

async function checkCounts(client: ServerClient): Promise<void> {
  const overview = await client.getOutboundOverview();
  const { Sent, Bounced, SpamComplaints, Tracked, WithOpenTracking, WithLinkTracking, BounceRate } = overview;
  assert.deepEqual([Sent, Bounced, SpamComplaints, BounceRate], [6, 2, 0, 33.333]);
  assert.deepEqual([Tracked, WithOpenTracking, WithLinkTracking], [2, 2, 1]);
  const sends = await client.getSentCounts();
  assert.equal(sends.Sent, 6);
  assert.match(sends.Days[0].Date, /^\d{4}-\d\d-\d\d$/);
  assert.equal((await client.getSentCounts({ tag: 'welcome' })).Sent, 4);
  assert.equal((await client.getSentCounts({ tag: 'nobody' })).Sent, 0);
  assert.equal((await client.getSentCounts({ messageStream: 'outbound', fromDate: '2020-1-1' })).Sent, 6);
  assert.equal((await client.getSentCounts({ toDate: '2020-01-01' })).Sent, 0);
  const bounces = await client.getBounceCounts();
  assert.deepEqual([bounces['HardBounce'], bounces['SoftBounce'], bounces['Transient']], [1, 1, 0]);
  assert.equal((await client.getBounceCounts({ tag: 'welcome' }))['HardBounce'], 1);
  assert.equal((await client.getBounceCounts({ tag: 'other' }))['HardBounce'], 0);
  assert.equal((await client.getSpamComplaintsCounts()).SpamComplaint, 0);
  assert.equal((await client.getTrackedEmailCounts()).Tracked, 2);
}

test('all statistics of the official client', async (t) => {
  const { client, account } = await start(t, freshFolder(t));
  await sendAll(client);
  await eventually('the bounces to be counted', async () => {
    const { Bounced } = await client.getOutboundOverview();
    return Bounced === 2 ? true : undefined;
  });
  await checkCounts(client);
  assert.deepEqual(await client.getEmailOpenCounts(), { Days: [], Opens: 0, Unique: 0 });
  const platforms = await client.getEmailOpenPlatformUsage();
  assert.deepEqual(platforms, { Days: [], Desktop: 0, WebMail: 0, Mobile: 0, Unknown: 0 });
  assert.ok(isEmpty(await client.getEmailOpenClientUsage()));
  assert.ok(isEmpty(await client.getEmailOpenReadTimes()));
  assert.deepEqual(await client.getClickCounts(), { Days: [], Clicks: 0, Unique: 0 });
  assert.ok(isEmpty(await client.getClickBrowserUsage()));
  assert.ok(isEmpty(await client.getClickPlatformUsage()));
  assert.deepEqual(await client.getClickLocation(), { Days: [], HTML: 0, Text: 0 });
  for (const [filter, code] of [
    [{ fromDate: 'yesterday' }, 900],
    [{ messageStream: 'nope' }, 1226],
    [{ fromDate: '2026-02-02', toDate: '2026-02-01' }, 1502],
  ] as const) {
    await assert.rejects(client.getSentCounts(filter), (thrown) => {
      assert.ok(thrown instanceof Errors.ApiInputError);
      assert.equal(thrown.code, code);
      return true;
    });
  }
  await assert.rejects(account.getDataRemovalStatus(1), (thrown) => (thrown as { code: number }).code === 1302);
});

test('a data removal, a kill, and an index made again: counts stay, what was erased is gone', async (t) => {
  const data = freshFolder(t);
  const settings = { BULKHEAD_DATA_REMOVALS: 'true' };
  const { installation, client, account } = await start(t, data, settings);
  await sendAll(client);
  await eventually('six sent messages', async () => {
    const { Messages } = await client.getOutboundMessages({ count: 50 });
    const bounces = await client.getBounces({ count: 5 });
    return Messages.length === 5 && Number(bounces.TotalCount) === 2 ? true : undefined;
  });
  await eventually('their counts', () =>
    checkCounts(client).then(
      () => true as const,
      () => undefined,
    ),
  );

  const asked = await account.requestDataRemoval({ RequestedBy: FROM, RequestedFor: BOB, NotifyWhenCompleted: true });
  assert.equal(asked.Status, Models.DataRemovalStatusTypes.Pending);
  await eventually('the removal to be done', async () => {
    const { Status } = await account.getDataRemovalStatus(asked.ID);
    return Status === Models.DataRemovalStatusTypes.Done ? true : undefined;
  });
  const told = await eventually('the mail that says so', async () => {
    const page = await installation.api('GET', '/capture?count=50&offset=0', { account: true });
    return (page.body.Messages as { Subject: string }[]).find(({ Subject }) => Subject.startsWith('Data removal'));
  });
  assert.equal(told.Subject, `Data removal ${asked.ID} is done`);
  await checkErased(client);
  await installation.kill();

  for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `activity.sqlite${suffix}`), { force: true });
  const again = await start(t, data);
  await eventually('the index to be made again', async () => {
    const { TotalCount } = await again.client.getOutboundMessages({ count: 50, tag: 'other' });
    return Number(TotalCount) === 1 ? true : undefined;
  });
  await eventually('bounces of old', async () => {
    const { TotalCount } = await again.client.getBounces({ count: 5 });
    return Number(TotalCount) === 2 ? true : undefined;
  });
  await checkErased(again.client);
  assert.equal((await again.client.getSentCounts({ tag: 'welcome' })).Sent, 4);
  assert.equal((await again.client.getBounceCounts())['HardBounce'], 1);
});

async function checkErased(client: ServerClient): Promise<void> {
  const { TotalCount } = await client.getOutboundMessages({ count: 50, recipient: BOB });
  assert.equal(Number(TotalCount), 0);
  const { Messages } = await client.getOutboundMessages({ count: 50, recipient: 'carl@example.net' });
  const [left] = Messages;
  assert.ok(left);
  assert.deepEqual([left.Recipients, left.Subject], [['carl@example.net'], '']);
  assert.equal((await client.getOutboundMessageDump(left.MessageID)).Body, '');
  assert.doesNotMatch(JSON.stringify(await client.getOutboundMessageDetails(left.MessageID)), /bob/i);
}
