// Bounces and complaints that came back by mail, in the index: their dump is what came, and they leave open what is open.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BouncedEvent, Event } from '../../src/domain/event.ts';
import type { Message } from '../../src/domain/message.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import { NOW, OTHERS, OURS, WAYS, accepted, bounced, delivered, message } from '../support/activity-fixture.ts';

const RAW = 'From: MAILER-DAEMON@mx.example.net\r\n\r\nGr\u00c3\u00bc\u00c3\u009fe\r\n';

function cameBack(of: Message, over: Partial<BouncedEvent> = {}, recipient = 0): Event {
  return bounced(of, recipient, {
    source: 'report',
    returned: { reportedBy: 'mx.example.net', feedback: undefined, raw: RAW },
    attempt: 0,
    peer: undefined,
    ...over,
  });
}

for (const { name, open } of WAYS) {
  describe(`reports that came back, in ${name}`, () => {
    test('are bounces whose dump is the report as it came', async () => {
      const index = open();
      const of = message();
      await index.happen(accepted(of), delivered(of), cameBack(of));
      const { items } = await index.activity.searchBounces({ serverId: OURS, count: 10, offset: 0 });
      assert.equal(items.length, 1);
      assert.deepEqual([items[0]?.type, items[0]?.inactive, items[0]?.details], ['HardBounce', true, 'smtp;550 5.1.1 no such user']); // prettier-ignore
      const dump = await index.activity.bounceDump(OURS, items[0]?.id ?? 0);
      assert.equal(dump, Buffer.from(RAW, 'latin1').toString('utf8'));
      const details = await index.activity.outboundDetails(OURS, of.id);
      assert.deepEqual(details?.events.map(({ type }) => type), ['Delivered', 'Bounced']); // prettier-ignore
      await index.close();
    });

    test('do not finish what is still being tried', async () => {
      const index = open();
      const of = message({ to: ['a@example.net', 'b@example.net'] });
      await index.happen(accepted(of), delivered(of, 0), cameBack(of, {}, 1));
      assert.equal((await index.activity.outboundDetails(OURS, of.id))?.status, 'Queued');
      await index.close();
    });

    test('of a delay down the line read as our own delays do, and are bounces too', async () => {
      const index = open();
      const of = message();
      const reply = { code: 450, enhanced: '4.4.1', text: 'timed out' };
      await index.happen(accepted(of), cameBack(of, { type: 'Transient', deactivates: false, reply }));
      const details = await index.activity.outboundDetails(OURS, of.id);
      assert.deepEqual(details?.events, [
        {
          type: 'Transient',
          recipient: 'bob@example.net',
          at: NOW + 2000,
          message: 'smtp;450 4.4.1 timed out',
          host: 'mx.example.net',
          ip: '',
        },
      ]);
      assert.equal((await index.activity.searchBounces({ serverId: OURS, count: 1, offset: 0, type: 'Transient' })).total, 1); // prettier-ignore
      await index.close();
    });

    test('name a message by its id alone, whatever server it is of', async () => {
      const index = open();
      const [ours, theirs] = [message(), message({ serverId: OTHERS })];
      await index.happen(accepted(ours), accepted(theirs));
      assert.deepEqual(await index.activity.acceptedMessage(theirs.id), theirs);
      assert.deepEqual((await index.activity.acceptedMessage(ours.id))?.serverId, OURS);
      const unknown = '01900000-0000-7000-8000-000000000000' as MessageId;
      assert.equal(await index.activity.acceptedMessage(unknown), undefined);
      await index.close();
    });
  });
}
