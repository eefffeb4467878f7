// Complaints that come back by mail pause the stream that they are about; those about mail from before a pause do not pause it again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBulkhead } from '../support/delivery-world.ts';
import { eventually } from '../support/installation.ts';
import { feedbackReport, reportsWorld } from '../support/reports-world.ts';

interface GuardJson {
  readonly StreamID: string;
  readonly Verdict: string;
  readonly Since: string | null;
  readonly Rates: readonly { readonly Measure: string; readonly Count: number; readonly Of: number }[];
}

test('two people complain of a newsletter, and its stream is paused; old complaints are known by then', async (t) => {
  const world = await reportsWorld(t, { BULKHEAD_GUARD_COMPLAINT_MINIMUM: '2' });
  const { installation } = world;
  const holds = async () =>
    (await installation.api('GET', '/holds', { account: true })).body.Holds as { StreamID: string; Reason: string }[];
  const guard = async (): Promise<GuardJson | undefined> => {
    const { body } = await installation.api('GET', '/guards', { account: true });
    return (body.Streams as GuardJson[]).find(({ StreamID }) => StreamID === 'broadcast');
  };
  const complaints = async () => (await guard())?.Rates.find(({ Measure }) => Measure === 'Complaints');
  const complain = async (letter: { to: string; returnPath: string }): Promise<void> => {
    const report = feedbackReport(letter.returnPath, letter.to);
    assert.match(await world.report('fbl@mail.bulkhead.test', report, 'feedback@isp.test'), /^250 /);
  };
  const news = async (to: string) => ({ to, ...(await world.send({ To: to, MessageStream: 'broadcast' })) });

  const ann = await news('ann@rcpt.test');
  const bob = await news('bob@rcpt.test');
  const cat = await news('cat@rcpt.test');
  await news('dan@rcpt.test');
  await complain(ann);
  await complain(ann);
  await eventually('the first complaint to be counted', async () => (await complaints())?.Count === 1 || undefined);
  await eventually('all deliveries to be counted', async () => (await complaints())?.Of === 4 || undefined);
  assert.deepEqual(await holds(), []);

  await complain(bob);
  const [hold, ...others] = await eventually('the hold', async () => {
    const found = await holds();
    return found.length > 0 ? found : undefined;
  });
  assert.deepEqual([hold?.StreamID, others], ['broadcast', []]);
  assert.match(hold?.Reason ?? '', /^Complaints are 50 % \(2 of 4 deliveries in the last 24 hours\)/);
  await world.send({ To: 'eve@rcpt.test', MessageStream: 'outbound' });

  await runBulkhead(installation, 'stream', 'resume', '1', 'broadcast');
  await eventually('the guard to count anew', async () => (await guard())?.Verdict === 'Fine' || undefined);
  await complain(cat);
  await eventually(
    'the late complaint to be known',
    async () => (await world.bounces('&messagestream=broadcast')).length === 3 || undefined,
  );
  await news('fay@rcpt.test');
  await eventually('the new delivery to be counted', async () => (await complaints())?.Of === 1 || undefined);
  assert.equal((await complaints())?.Count, 0);
  assert.deepEqual(await holds(), []);
});
