// The search for messages: every filter, paging, order, and nothing of another server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { OutboundFilter } from '../../src/ports/activity.ts';
import { NOW, OTHERS, OURS, WAYS, accepted, delivered, message } from '../support/activity-fixture.ts';
import type { Index } from '../support/activity-fixture.ts';

const HOUR = 3_600_000;

const MESSAGES = [
  message({ at: NOW, subject: 'Plain', to: ['bob@example.net'] }),
  message({ at: NOW + HOUR, subject: 'Your 100% ÜBER invoice', tag: 'invoice', cc: ['Carol@Example.net'] }),
  message({ at: NOW + 2 * HOUR, subject: 'under_score', fromAddress: 'Dan@example.com', bcc: ['eve@example.net'] }),
  message({ at: NOW + 3 * HOUR, subject: 'Blue', metadata: { color: 'blue', size: 'L' }, tag: 'Invoice' }),
  message({ at: NOW + 4 * HOUR, subject: 'Red', metadata: { color: 'red' }, to: ['frank@example.net'] }),
  message({ at: NOW + 5 * HOUR, subject: 'News', streamId: 'broadcast' }),
];
const FOREIGN = message({ at: NOW, serverId: OTHERS, subject: 'Plain', tag: 'invoice', metadata: { color: 'blue' } });

type Case = readonly [title: string, filter: Partial<OutboundFilter>, subjects: readonly string[]];

const CASES: readonly Case[] = [
  ['all streams, newest first', {}, ['News', 'Red', 'Blue', 'under_score', 'Your 100% ÜBER invoice', 'Plain']],
  ['a stream', { streamId: 'broadcast' }, ['News']],
  ['a stream that has nothing', { streamId: 'other' }, []],
  ['a To recipient', { recipient: 'frank@example.net' }, ['Red']],
  ['a Cc recipient in another case', { recipient: 'cAROL@example.NET' }, ['Your 100% ÜBER invoice']],
  ['a Bcc recipient', { recipient: 'eve@example.net' }, ['under_score']],
  ['part of an address is no match', { recipient: 'frank@example' }, []],
  ['a sender in any case', { fromAddress: 'dan@EXAMPLE.com' }, ['under_score']],
  ['a tag, exactly', { tag: 'invoice' }, ['Your 100% ÜBER invoice']],
  ['part of a subject in any case', { subject: 'über INV' }, ['Your 100% ÜBER invoice']],
  ['a per cent sign means itself', { subject: '0%' }, ['Your 100% ÜBER invoice']],
  ['a per cent sign is no wildcard', { subject: 'Y%e' }, []],
  ['an underscore is no wildcard', { subject: 'r_s' }, ['under_score']],
  ['a metadata field', { metadata: { key: 'color', value: 'blue' } }, ['Blue']],
  ['a metadata value is compared whole', { metadata: { key: 'color', value: 'bl' } }, []],
  ['a metadata value belongs to its key', { metadata: { key: 'size', value: 'blue' } }, []],
  ['from a time, inclusive', { from: NOW + 4 * HOUR }, ['News', 'Red']],
  ['after a time', { from: NOW + 4 * HOUR + 1 }, ['News']],
  ['to a time, inclusive', { to: NOW + HOUR }, ['Your 100% ÜBER invoice', 'Plain']],
  ['before a time', { to: NOW + HOUR - 1 }, ['Plain']],
  ['what is queued', { status: 'queued' }, ['News', 'Blue', 'under_score', 'Your 100% ÜBER invoice', 'Plain']],
  ['what was sent', { status: 'sent' }, ['Red']],
  ['recipient and metadata', { recipient: 'bob@example.net', metadata: { key: 'size', value: 'L' } }, ['Blue']],
  ['recipient and stream', { recipient: 'bob@example.net', streamId: 'broadcast' }, ['News']],
  ['quotes and SQL mean themselves', { subject: `'; DROP TABLE message; --` }, []],
  [
    'everything at once',
    {
      streamId: 'outbound',
      recipient: 'bob@example.net',
      fromAddress: 'ann@example.com',
      tag: 'Invoice',
      status: 'queued',
      from: NOW,
      to: NOW + 3 * HOUR,
      subject: 'blue',
      metadata: { key: 'color', value: 'blue' },
    },
    ['Blue'],
  ],
];

for (const { name, open } of WAYS) {
  describe(`searching messages in ${name}`, () => {
    let index: Index;
    before(async () => {
      index = open();
      await index.happen(...MESSAGES.map(accepted), accepted(FOREIGN));
      const red = MESSAGES.find(({ summary }) => summary.subject === 'Red');
      assert.ok(red);
      await index.happen(delivered(red));
    });
    after(() => index.close());

    for (const [title, filter, subjects] of CASES) {
      test(`finds by ${title}`, async () => {
        const found = await index.activity.searchOutbound({ serverId: OURS, count: 100, offset: 0, ...filter });
        assert.deepEqual(
          found.items.map(({ subject }) => subject),
          subjects,
        );
        assert.equal(found.total, subjects.length);
      });
    }

    test('a page is a piece of the order, and the total counts all', async () => {
      const page = (offset: number) => index.activity.searchOutbound({ serverId: OURS, count: 2, offset });
      const pages = await Promise.all([0, 2, 4, 6].map(page));
      assert.deepEqual(
        pages.map(({ items }) => items.map(({ subject }) => subject)),
        [['News', 'Red'], ['Blue', 'under_score'], ['Your 100% ÜBER invoice', 'Plain'], []],
      );
      assert.deepEqual(
        pages.map(({ total }) => total),
        [6, 6, 6, 6],
      );
    });

    test('another server sees its own and nothing else', async () => {
      const theirs = await index.activity.searchOutbound({ serverId: OTHERS, count: 100, offset: 0 });
      assert.deepEqual(
        theirs.items.map(({ id }) => id),
        [FOREIGN.id],
      );
      const shared = { recipient: 'bob@example.net', tag: 'invoice', metadata: { key: 'color', value: 'blue' } };
      const found = await index.activity.searchOutbound({ serverId: OTHERS, count: 100, offset: 0, ...shared });
      assert.equal(found.total, 1);
    });
  });

  describe(`a message in ${name}`, () => {
    test('is shown as it was accepted', async () => {
      const index = open();
      const given = message({
        subject: 'Übung',
        tag: 't',
        to: ['Bob@Example.net'],
        bcc: ['eve@example.net'],
        metadata: { k: 'v' },
        attachments: ['a.pdf'],
        trackOpens: true,
        trackLinks: 'HtmlOnly',
        sandboxed: true,
      });
      await index.happen(accepted(given));
      const { items } = await index.activity.searchOutbound({ serverId: OURS, count: 1, offset: 0 });
      assert.deepEqual(items, [
        {
          id: given.id,
          streamId: 'outbound',
          tag: 't',
          receivedAt: NOW,
          status: 'Queued',
          from: '"Ann" <ann@example.com>',
          subject: 'Übung',
          recipients: [
            { address: 'Bob@Example.net', name: '', role: 'To' },
            { address: 'eve@example.net', name: '', role: 'Bcc' },
          ],
          attachments: ['a.pdf'],
          trackOpens: true,
          trackLinks: 'HtmlOnly',
          metadata: { k: 'v' },
          sandboxed: true,
        },
      ]);
      await index.close();
    });
  });
}
