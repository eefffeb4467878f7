// All that is known of one message: found by its id among the servers that ask, with its events as the logs have them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Event } from '../../src/domain/event.ts';
import { TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import {
  NOW,
  OTHERS,
  OURS,
  WAYS,
  accepted,
  bounced,
  deferred,
  delivered,
  message,
  refused,
} from '../support/activity-fixture.ts';

for (const { name, open } of WAYS) {
  describe(`a trace in ${name}`, () => {
    test('has each event of the message whole, oldest first, and of no other message', async () => {
      const index = open();
      const of = message({ to: ['a@example.net', 'b@example.net'] });
      const other = message();
      const wanted = [
        deferred(of, 0, { transcript: '0 -- one\n1 S: 450' }),
        delivered(of, 1),
        bounced(of, 0, { at: NOW + 9000 }),
      ];
      await index.happen(accepted(of), accepted(other), wanted[0] as Event, delivered(other), ...wanted.slice(1));
      const trace = await index.activity.trace([OTHERS, OURS], of.id);
      assert.deepEqual(trace?.events, wanted);
      assert.deepEqual(
        { ...trace, events: 0 },
        {
          serverId: OURS,
          streamId: 'outbound',
          receivedAt: of.acceptedAt,
          from: of.summary.from,
          subject: 'Hello',
          recipients: ['a@example.net', 'b@example.net'],
          lane: TRANSACTIONAL_LANE.id,
          events: 0,
          missing: 0,
        },
      );
      await index.close();
    });

    test('is of the servers that ask only', async () => {
      const index = open();
      const of = message();
      await index.happen(accepted(of), delivered(of));
      assert.equal(await index.activity.trace([OTHERS], of.id), undefined);
      assert.equal(await index.activity.trace([], of.id), undefined);
      assert.equal(await index.activity.trace([OURS], message().id), undefined);
      await index.close();
    });

    test('knows a message that the index has not read yet', async () => {
      const index = open();
      const of = message({ to: ['a@example.net'] });
      index.lane.push(accepted(of));
      const trace = await index.activity.trace([OURS], of.id);
      assert.deepEqual([trace?.recipients, trace?.events, trace?.lane], [['a@example.net'], [], TRANSACTIONAL_LANE.id]);
      assert.equal(await index.activity.trace([OTHERS], of.id), undefined);
      await index.close();
    });

    test('tells a refused submission, once for all its recipients and without its source', async () => {
      const index = open();
      const of = message();
      await index.happenOutside(refused(of, { recipients: ['a@example.net', 'b@example.net'], source: 'secret' }));
      const trace = await index.activity.trace([OURS], of.id);
      assert.deepEqual(trace?.recipients, ['a@example.net', 'b@example.net']);
      assert.equal(trace?.lane, undefined);
      assert.equal(trace?.events.length, 1);
      assert.equal(trace?.events[0]?.kind === 'api-error' && trace.events[0].source, '');
      await index.close();
    });

    test('leaves out what is long and shown elsewhere', async () => {
      const index = open();
      const of = message();
      const envelope = { mailFrom: 'a@b', rcptTo: ['c@d'], prefix: 'DKIM-Signature: x\r\n' };
      const returned = { reportedBy: 'mx', feedback: undefined, raw: 'Subject: a report\r\n' };
      await index.happen(accepted(of), delivered(of, 0, { captured: envelope }), bounced(of, 0, { returned }));
      const json = JSON.stringify(await index.activity.trace([OURS], of.id));
      assert.ok(!json.includes('DKIM-Signature') && !json.includes('a report'), json);
      await index.close();
    });

    test('says how much is missing when retention has passed', async () => {
      const index = open();
      const of = message();
      await index.happen(accepted(of), deferred(of), delivered(of));
      index.lane.events.splice(1, 1);
      const trace = await index.activity.trace([OURS], of.id);
      assert.deepEqual([trace?.events.map(({ kind }) => kind), trace?.missing], [['delivered'], 1]);
      await index.close();
    });
  });
}
