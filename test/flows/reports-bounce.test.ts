// A bounce that comes back by mail: a message leaves, its return path gets a report, and the address is suppressed on that
// stream alone. Forged reports are refused and counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/installation.ts';
import { deliveryReport, reportsWorld, type ReportsWorld } from '../support/reports-world.ts';

const NO_SUCH_USER = [
  'Action: failed',
  'Status: 5.1.1',
  'Diagnostic-Code: smtp; 550 5.1.1 <bob@rcpt.test>: User unknown',
];

async function oneBounce(world: ReportsWorld, email: string) {
  return eventually(`the bounce of ${email}`, async () => (await world.bounces()).find(({ Email }) => Email === email));
}

test('a report at the return path is a bounce that suppresses the address on its stream alone', async (t) => {
  const world = await reportsWorld(t);
  const { installation } = world;
  const { id, returnPath } = await world.send({ To: 'bob@rcpt.test' });
  const report = deliveryReport('bob@rcpt.test', NO_SUCH_USER);
  assert.match(await world.report(returnPath, report), /^250 2\.0\.0 /);

  const bounce = await oneBounce(world, 'bob@rcpt.test');
  assert.deepEqual(
    [bounce.Type, bounce.Inactive, bounce.CanActivate, bounce.MessageID, bounce.Details],
    ['HardBounce', true, true, id, 'smtp;550 5.1.1 <bob@rcpt.test>: User unknown'],
  );
  const dump = await installation.api('GET', `/bounces/${bounce.ID}/dump`);
  assert.equal(dump.body.Body, report.replaceAll('\n', '\r\n'));
  const details = await installation.api('GET', `/messages/outbound/${id}/details`);
  assert.deepEqual(details.body.MessageEvents.map((event: { Type: string }) => event.Type), ['Delivered', 'Bounced']); // prettier-ignore

  const again = { From: 'a@sender.test', To: 'bob@rcpt.test', TextBody: 'x' };
  await eventually('the suppression', async () =>
    (await installation.send(again)).body.ErrorCode === 406 ? true : undefined,
  );
  const elsewhere = await installation.send({ ...again, MessageStream: 'broadcast' });
  assert.equal(elsewhere.body.ErrorCode, 0, 'the other stream still sends to the address');

  await t.test('the same report again is no second bounce', async () => {
    assert.match(await world.report(returnPath, report), /^250 /);
    assert.equal(await world.counted('ignored', 'duplicate'), 1);
    assert.equal((await world.bounces()).length, 1);
  });

  await t.test('a forged return path is refused in plain words, and counted', async () => {
    const forged = `${returnPath.slice(0, 20)}${returnPath[20] === 'a' ? 'b' : 'a'}${returnPath.slice(21)}`;
    assert.equal(await world.report(forged, report), '550 5.1.1 Nobody here has this address');
    assert.equal(await world.counted('refused', 'forged'), 1);
  });

  await t.test('it is no relay and has no other mailboxes', async () => {
    assert.match(await world.report('bob@rcpt.test', 'x\n'), /^550 5\.7\.1 .*relays none/);
    assert.match(await world.report('bob@mail.bulkhead.test', 'x\n'), /^550 5\.1\.1 /);
  });

  await t.test('a report about somebody else than the recipients changes nothing', async () => {
    const sent = await world.send({ To: 'cat@rcpt.test, dan@rcpt.test' });
    const about = (who: string): Promise<string> => world.report(sent.returnPath, deliveryReport(who, NO_SUCH_USER));
    assert.match(await about('eve@rcpt.test'), /^250 /);
    assert.equal(await world.counted('forged', 'recipient-unknown'), 1);
    assert.match(await about('dan@rcpt.test'), /^250 /);
    await oneBounce(world, 'dan@rcpt.test');
    assert.deepEqual((await world.bounces()).map(({ Email }) => Email), ['dan@rcpt.test', 'bob@rcpt.test']); // prettier-ignore
  });

  await t.test('a delay is told and suppresses nobody', async () => {
    const sent = await world.send({ To: 'fay@rcpt.test' });
    await world.report(sent.returnPath, deliveryReport('fay@rcpt.test', ['Action: delayed', 'Status: 4.4.1']));
    const delay = await oneBounce(world, 'fay@rcpt.test');
    assert.deepEqual([delay.Type, delay.Inactive], ['Transient', false]);
  });

  await t.test('the door is a role of the installation, and its address is told', async () => {
    const health = await installation.api('GET', '/health');
    assert.ok(health.body.Roles.some((role: { Name: string; Ready: boolean }) => role.Name === 'mx' && role.Ready));
    const status = await installation.api('GET', '/status');
    assert.deepEqual(status.body.Mx, [`127.0.0.1:${installation.mxPort}`]);
  });
});
