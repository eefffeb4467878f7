// One message in the index: its status, its history, its content, and how it looks in the built-in inbox.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newMessageId } from '../../src/lib/ids.ts';
import type { Event } from '../../src/domain/event.ts';
import type { Message } from '../../src/domain/message.ts';
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
import type { Index } from '../support/activity-fixture.ts';

type StatusCase = readonly [title: string, events: (of: Message) => readonly Event[], status: 'Queued' | 'Sent'];

const STATUSES: readonly StatusCase[] = [
  ['nothing but accepted', () => [], 'Queued'],
  ['deferred', (of) => [deferred(of, 0), deferred(of, 1)], 'Queued'],
  ['one of two delivered', (of) => [delivered(of, 0)], 'Queued'],
  ['one of two delivered twice', (of) => [delivered(of, 0), delivered(of, 0)], 'Queued'],
  ['both delivered', (of) => [delivered(of, 1), delivered(of, 0)], 'Sent'],
  ['one delivered, one bounced', (of) => [delivered(of, 1), bounced(of, 0)], 'Sent'],
  ['both bounced', (of) => [bounced(of, 0), bounced(of, 1)], 'Sent'],
  ['delivered and bounced later', (of) => [delivered(of, 1), bounced(of, 1)], 'Queued'],
];

const raw = Buffer.from('Subject: Hello\r\nTo: bob@example.net\r\n\r\nGrüße\r\n');

for (const { name, open } of WAYS) {
  describe(`the status of a message in ${name}`, () => {
    for (const [title, events, status] of STATUSES) {
      test(`is ${status} with ${title}`, async () => {
        const index = open();
        const of = message({ to: ['a@example.net', 'b@example.net'] });
        await index.happen(accepted(of));
        for (const event of events(of)) await index.happen(event);
        assert.equal((await index.activity.outboundDetails(OURS, of.id))?.status, status);
        const filter = { serverId: OURS, count: 1, offset: 0 };
        assert.equal(
          (await index.activity.searchOutbound({ ...filter, status: 'queued' })).total,
          +(status !== 'Sent'),
        );
        assert.equal((await index.activity.searchOutbound({ ...filter, status: 'sent' })).total, +(status === 'Sent'));
        await index.close();
      });
    }

    test('counts fifty recipients one by one', async () => {
      const index = open();
      const of = message({ to: Array.from({ length: 50 }, (_, n) => `r${n}@example.net`) });
      const status = async () => (await index.activity.outboundDetails(OURS, of.id))?.status;
      await index.happen(accepted(of), ...of.recipients.slice(1).map(({ index }) => delivered(of, index)));
      assert.equal(await status(), 'Queued');
      await index.happen(bounced(of, 0));
      assert.equal(await status(), 'Sent');
      await index.close();
    });
  });

  describe(`the details of a message in ${name}`, () => {
    test('hold its bodies, its source and what happened, in order', async () => {
      const index = open();
      const of = message();
      index.lane.bodies.set(of.id, raw);
      await index.happen(accepted(of), deferred(of), delivered(of), bounced(of));
      const details = await index.activity.outboundDetails(OURS, of.id);
      assert.equal(details?.textBody, 'Grüße\r\n');
      assert.equal(details.htmlBody, undefined);
      assert.equal(details.source, raw.toString());
      const peer = { host: 'mx.example.net', ip: '192.0.2.25' };
      const [bounce] = (await index.activity.searchBounces({ serverId: OURS, count: 1, offset: 0 })).items;
      assert.ok(bounce);
      const recipient = 'bob@example.net';
      assert.deepEqual(details.events, [
        { type: 'Transient', recipient, at: NOW + 500, message: 'smtp;450 4.2.0 greylisted', ...peer },
        { type: 'Delivered', recipient, at: NOW + 1000, message: 'smtp;250 2.0.0 Ok: queued as 4F2', ...peer },
        { type: 'Bounced', recipient, at: NOW + 2000, summary: 'smtp;550 5.1.1 no such user', bounceId: bounce.id },
      ]);
      await index.close();
    });

    test('say in words what happened where nobody replied', async () => {
      const index = open();
      const of = message();
      await index.happen(accepted(of), deferred(of, 0, { reply: undefined, detail: 'timed out', peer: undefined }));
      const [event] = (await index.activity.outboundDetails(OURS, of.id))?.events ?? [];
      assert.deepEqual(event, {
        type: 'Transient',
        recipient: 'bob@example.net',
        at: NOW + 500,
        message: 'timed out',
        host: '',
        ip: '',
      });
      await index.close();
    });

    test('are empty where the body is no longer kept', async () => {
      const index = open();
      const of = message();
      await index.happen(accepted(of));
      const details = await index.activity.outboundDetails(OURS, of.id);
      assert.equal(details?.source, '');
      assert.equal(details.textBody, undefined);
      assert.equal(await index.activity.outboundSource(OURS, of.id), '');
      await index.close();
    });

    test('are unknown to another server, and for another id', async () => {
      const index = open();
      const of = message();
      index.lane.bodies.set(of.id, raw);
      await index.happen(accepted(of));
      for (const [server, id] of [
        [OTHERS, of.id],
        [OURS, newMessageId(NOW)],
      ] as const) {
        assert.equal(await index.activity.outboundDetails(server, id), undefined);
        assert.equal(await index.activity.outboundSource(server, id), undefined);
      }
      await index.close();
    });

    test('are cut at their bound, between two characters', async () => {
      const index = open({ limits: { contentBytes: 40 } });
      const of = message();
      index.lane.bodies.set(of.id, Buffer.from(`Subject: x\r\n\r\n${'x'.repeat(25)}${'ß'.repeat(40)}`));
      await index.happen(accepted(of));
      const source = await index.activity.outboundSource(OURS, of.id);
      assert.equal(source, `Subject: x\r\n\r\n${'x'.repeat(25)}`);
      assert.equal((await index.activity.outboundDetails(OURS, of.id))?.textBody, `${'x'.repeat(25)}${'ß'.repeat(7)}`);
      await index.close();
    });

    test('of a refused submission show what was submitted', async () => {
      const index = open();
      const of = message();
      await index.happenOutside(refused(of));
      const details = await index.activity.outboundDetails(OURS, of.id);
      assert.equal(details?.status, 'Sent');
      assert.equal(details.subject, 'Refused');
      assert.equal(details.source, 'Subject: Refused\r\n\r\nGrüße\r\n');
      assert.equal(details.textBody, 'Grüße\r\n');
      assert.deepEqual(
        details.events.map(({ type }) => type),
        ['Bounced'],
      );
      const from = { serverId: OURS, count: 1, offset: 0, fromAddress: 'ann@example.org' };
      assert.equal((await index.activity.searchOutbound(from)).total, 1);
      await index.close();
    });
  });

  describe(`captured mail in ${name}`, () => {
    const envelope = (rcptTo: readonly string[]) => ({
      captured: { mailFrom: 'v@bounces.example.com', rcptTo, prefix: 'DKIM-Signature: x\r\n' },
      mode: 'capture' as const,
    });
    const filled = async (): Promise<{ index: Index; messages: readonly [Message, Message, Message] }> => {
      const index = open();
      const first = message({ at: NOW, subject: 'First', to: ['a@example.net', 'b@example.org'] });
      const second = message({ at: NOW + 1, subject: 'Second' });
      const foreign = message({ at: NOW + 2, subject: 'Foreign', serverId: OTHERS });
      index.lane.bodies.set(first.id, raw);
      await index.happen(accepted(first), accepted(second), accepted(foreign), accepted(message()));
      await index.happen(delivered(first, 0, envelope(['a@example.net'])), delivered(second, 0, envelope(['x@y.zz'])));
      await index.happen(delivered(first, 1, envelope(['b@example.org'])), delivered(foreign, 0, envelope(['x@y.zz'])));
      return { index, messages: [first, second, foreign] };
    };

    test('is listed newest first, of one server or of all', async () => {
      const { index } = await filled();
      const list = async (page: { count: number; offset: number }, server?: typeof OURS) => {
        const { total, items } = await index.activity.captured(page, server);
        return [total, ...items.map(({ subject }) => subject)];
      };
      assert.deepEqual(await list({ count: 10, offset: 0 }), [3, 'Foreign', 'Second', 'First']);
      assert.deepEqual(await list({ count: 10, offset: 0 }, OURS), [2, 'Second', 'First']);
      assert.deepEqual(await list({ count: 1, offset: 1 }, OURS), [2, 'First']);
      await index.close();
    });

    test('is shown as it would have left, with the recipients of all its parts', async () => {
      const { index, messages } = await filled();
      const [first, , foreign] = messages;
      const shown = await index.activity.capturedMessage(first.id, OURS);
      assert.equal(shown?.source, `DKIM-Signature: x\r\n${raw.toString()}`);
      assert.equal(shown.size, 1000 + 'DKIM-Signature: x\r\n'.length);
      assert.equal(shown.textBody, 'Grüße\r\n');
      assert.deepEqual(shown.attachments, ['a.pdf']);
      assert.equal(shown.mailFrom, 'v@bounces.example.com');
      assert.deepEqual(shown.rcptTo, ['a@example.net', 'b@example.org']);
      assert.equal(await index.activity.capturedMessage(foreign.id, OURS), undefined);
      assert.equal((await index.activity.capturedMessage(foreign.id, undefined))?.source, '');
      assert.equal(await index.activity.capturedMessage(newMessageId(NOW), undefined), undefined);
      await index.close();
    });
  });
}
