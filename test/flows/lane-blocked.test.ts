// A broadcast lane whose destinations never answer holds all the connections that such sites may have: transactional mail
// is accepted and delivered as if nothing were the matter, and broadcasts go on being accepted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allArrived, prove } from '../support/delivery-proof.ts';
import { directSettings } from '../support/direct-delivery.ts';
import { startDnsServer } from '../support/dns-server.ts';
import { eventually, startInstallation } from '../support/installation.ts';
import { startRecordingSink } from '../support/recording-sink.ts';
import { startScriptedMx } from '../support/scripted-mx.ts';
import { newBook, startLoad } from '../support/submit-load.ts';

const CONNECTIONS = 20;
/** Sites that have not answered yet have half of a lane's connections, four each to begin with. */
const STUCK = CONNECTIONS / 2;
const SILENT = ['silent1.test', 'silent2.test', 'silent3.test', 'silent4.test'];
const WINDOW = 100;
/** Far beyond what an idle installation takes, far below the deadlines that the blocked lane sits out. */
const GENEROUS_MS = 20_000;

test('broadcasts to hosts that never answer hold up no transactional mail', async (t) => {
  const sink = await startRecordingSink();
  // Connections are taken, and then nothing is said, not even a greeting.
  const silent = await startScriptedMx({ greeting: () => ({}) }, { address: '127.0.0.2', port: sink.port });
  const dns = await startDnsServer({
    'one.test': { A: ['127.0.0.1'] },
    ...Object.fromEntries(SILENT.map((domain) => [domain, { A: ['127.0.0.2'] }])),
  });
  const installation = await startInstallation({
    env: {
      ...directSettings(dns, sink),
      BULKHEAD_LANE_CONNECTIONS: String(CONNECTIONS),
      BULKHEAD_SITE_CONNECTIONS: String(CONNECTIONS),
      BULKHEAD_LANE_WINDOW: String(WINDOW),
      BULKHEAD_REPLY_TIMEOUT: '600',
    },
  });
  t.after(async () => {
    await installation.kill();
    await installation.stop();
    await Promise.all([sink.close(), silent.close(), dns.close()]);
  });

  const broadcasts = newBook();
  const flood = startLoad(installation, broadcasts, { domains: SILENT, streams: ['broadcast'] });
  await flood.accepted(WINDOW * 3);
  await eventually(
    'every connection that silent sites may have to be stuck',
    async () => silent.openConnections === STUCK || undefined,
  );

  const book = newBook();
  const load = startLoad(installation, book, { domains: ['one.test'], streams: ['outbound'], senders: 1 });
  await load.accepted(100);
  await load.stop();
  await eventually('the transactional mail at the sink', async () => allArrived(book, sink) || undefined, GENEROUS_MS);
  const { refused, unanswered, duplicates } = prove(book, sink);
  assert.deepEqual({ refused, unanswered, duplicates }, { refused: 0, unanswered: 0, duplicates: [] });

  const before = broadcasts.accepted;
  await flood.accepted(before + 50);
  await flood.stop();
  assert.ok(
    broadcasts.submissions.every(({ answer }) => answer === 'accepted'),
    'broadcasts are accepted all the while',
  );
  assert.equal(silent.openConnections, STUCK);
  assert.equal(silent.messages.length, 0);
  const { body } = await installation.api('GET', '/status');
  const queued = Object.fromEntries(
    body.Lanes.map(({ ID, Queued }: { ID: string; Queued: number }) => [ID, Queued]),
  ) as Record<string, number>;
  assert.equal(queued.broadcast, broadcasts.submissions.length);
  assert.equal((await installation.api('GET', '/health')).status, 200);
});
