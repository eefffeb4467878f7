// Complaints and automatic answers that come back: what they do to an address, and what they do not.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../support/installation.ts';
import { feedbackReport, reportsWorld } from '../support/reports-world.ts';

test('complaints deactivate for good, answers do not, and letters reach the operator', async (t) => {
  const world = await reportsWorld(t);
  const { installation } = world;
  const bounceOf = (email: string) =>
    eventually(`what came back of ${email}`, async () => (await world.bounces()).find(({ Email }) => Email === email));

  await t.test('a complaint with the return path of the message within', async () => {
    const { id, returnPath } = await world.send({ To: 'bob@rcpt.test' });
    const report = feedbackReport(returnPath, 'bob@rcpt.test');
    assert.match(await world.report('abuse@mail.bulkhead.test', report, 'feedback@isp.test'), /^250 /);
    const complaint = await bounceOf('bob@rcpt.test');
    assert.deepEqual(
      [complaint.Type, complaint.Inactive, complaint.CanActivate, complaint.MessageID],
      ['SpamComplaint', true, false, id],
    );
    const lifted = await installation.api('PUT', `/bounces/${complaint.ID}/activate`);
    assert.equal(lifted.body.ErrorCode, 1003);
    await eventually('the suppression', async () => {
      const again = await installation.send({ From: 'a@sender.test', To: 'bob@rcpt.test', TextBody: 'x' });
      return again.body.ErrorCode === 406 ? true : undefined;
    });
    const list = '/message-streams/outbound/suppressions';
    const Suppressions = [{ EmailAddress: 'bob@rcpt.test' }];
    for (const path of ['', '/delete']) {
      const tried = await installation.api('POST', `${list}${path}`, { body: { Suppressions } });
      assert.equal(tried.body.Suppressions[0].Status, 'Failed');
    }
    const { body } = await installation.api('GET', `${list}/dump?SuppressionReason=SpamComplaint`);
    assert.deepEqual(
      body.Suppressions.map(({ EmailAddress, Origin }: Record<string, string>) => [EmailAddress, Origin]),
      [['bob@rcpt.test', 'Recipient']],
    );
  });

  await t.test('a complaint that anybody could have written is answered like any other, and dropped', async () => {
    const { returnPath } = await world.send({ To: 'cat@rcpt.test' });
    const forged = feedbackReport(returnPath.replace(/^rp-./, 'rp-v'), 'cat@rcpt.test');
    assert.match(await world.report('fbl@mail.bulkhead.test', forged, 'feedback@isp.test'), /^250 /);
    assert.equal(await world.counted('forged', 'no-return-path'), 1);
    assert.ok(!(await world.bounces()).some(({ Email }) => Email === 'cat@rcpt.test'));
  });

  await t.test('an out-of-office note', async () => {
    const { returnPath } = await world.send({ To: 'dan@rcpt.test' });
    const note = 'From: dan@rcpt.test\nSubject: Automatic reply: Hello\nAuto-Submitted: auto-replied\n\nI am away.\n';
    assert.match(await world.report(returnPath, note), /^250 /);
    const answer = await bounceOf('dan@rcpt.test');
    assert.deepEqual(
      [answer.Type, answer.Inactive, answer.Details],
      ['AutoResponder', false, 'Automatic reply: Hello'],
    );
    await world.send({ To: 'dan@rcpt.test' });
  });

  await t.test('a letter to postmaster is kept as a file', async () => {
    const letter = 'From: Eve <eve@rcpt.test>\nSubject: Your server\n\nPlease call me.\n';
    assert.match(await world.report('Postmaster', letter, 'eve@rcpt.test'), /^250 /);
    const [name = ''] = readdirSync(join(installation.data, 'postmaster'));
    const kept = readFileSync(join(installation.data, 'postmaster', name), 'utf8');
    assert.match(
      kept,
      /^Return-Path: <eve@rcpt\.test>\r\nReceived: from mx\.rcpt\.test \(\[127\.0\.0\.1\]\)\r\n\tby mail\.bulkhead\.test/,
    );
    assert.ok(kept.endsWith(letter.replaceAll('\n', '\r\n')));
  });

  await t.test('several recipients in one transaction are each taken', async () => {
    const [one, two] = [await world.send({ To: 'fay@rcpt.test' }), await world.send({ To: 'gus@rcpt.test' })];
    const note = 'From: x@rcpt.test\nSubject: Out of office\n\nAway.\n';
    assert.match(await world.report([one.returnPath, two.returnPath], note), /^250 /);
    assert.equal((await bounceOf('fay@rcpt.test')).Type, 'AutoResponder');
    assert.equal((await bounceOf('gus@rcpt.test')).Type, 'AutoResponder');
  });
});
