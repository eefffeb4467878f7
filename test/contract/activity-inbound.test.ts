// Inbound mail in the index: every filter, details, changes of status, how long it is kept, and nothing of another server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InboundFilter } from '../../src/ports/activity.ts';
import { NOW, OTHERS, OURS, WAYS } from '../support/activity-fixture.ts';
import type { Index } from '../support/activity-fixture.ts';
import { inboundStatus, received } from '../support/later-events.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (address: string) => ({ address, name: '', mailboxHash: '' });
const plain = received({ at: NOW, subject: 'Plain' });
const fancy = received({
  at: NOW + HOUR,
  subject: 'ÜBER 100%',
  from: at('Bob@Example.com'),
  cc: [at('Cc@Example.net')],
  bcc: [at('bcc@example.net')],
  originalRecipient: 'envelope@inbound.example',
  mailboxHash: 'Case',
  tag: 'T',
});
const spam = received({ at: NOW, subject: 'Spam', status: 'Blocked', blockedReason: 'A rule' });
const failed = received({ at: NOW, subject: 'Failed', status: 'Scheduled' });
const foreign = received({ at: NOW, serverId: OTHERS, subject: 'Plain' });

type Case = readonly [filter: Partial<InboundFilter>, subjects: readonly string[]];
const CASES: readonly Case[] = [
  [{}, ['ÜBER 100%', 'Plain']],
  [{ status: 'Blocked' }, ['Spam']],
  [{ status: 'Failed' }, ['Failed']],
  [{ status: 'Queued' }, []],
  [{ status: 'Scheduled' }, []],
  [{ recipient: 'HASH+sample@inbound.example' }, ['ÜBER 100%', 'Plain']],
  [{ recipient: 'cc@example.net' }, ['ÜBER 100%']],
  [{ recipient: 'BCC@example.net' }, ['ÜBER 100%']],
  [{ recipient: 'envelope@inbound.example' }, ['ÜBER 100%']],
  [{ recipient: 'envelope' }, []],
  [{ fromAddress: 'bob@example.COM' }, ['ÜBER 100%']],
  [{ subject: 'über' }, ['ÜBER 100%']],
  [{ subject: '%' }, ['ÜBER 100%']],
  [{ mailboxHash: 'Case' }, ['ÜBER 100%']],
  [{ mailboxHash: 'case' }, []],
  [{ tag: 'T' }, ['ÜBER 100%']],
  [{ from: NOW + 1 }, ['ÜBER 100%']],
  [{ to: NOW + 1 }, ['Plain']],
  [{ tag: 'T', subject: 'plain' }, []],
];

for (const { name, open } of WAYS) {
  describe(`inbound mail in ${name}`, () => {
    let index: Index;
    before(async () => {
      index = open();
      await index.happenOutside(plain, fancy, spam, failed, foreign, inboundStatus(failed, 'Failed'));
    });
    after(() => index.close());

    for (const [filter, subjects] of CASES) {
      test(`finds by ${JSON.stringify(filter)}`, async () => {
        const all = { serverId: OURS, status: 'Processed', count: 9, offset: 0, ...filter } as const;
        const { total, items } = await index.activity.searchInbound(all);
        assert.deepEqual(
          items.map(({ subject }) => subject),
          subjects,
        );
        assert.equal(total, subjects.length);
      });
    }

    test('details have all that came', async () => {
      const { summary, content, messageId } = spam;
      assert.deepEqual(await index.activity.inboundDetails(OURS, messageId), {
        id: messageId,
        streamId: 'inbound',
        receivedAt: NOW,
        status: 'Blocked',
        ...summary,
        ...content,
        blockedReason: 'A rule',
      });
      assert.equal(await index.activity.inboundDetails(OTHERS, messageId), undefined);
    });
  });

  test(`what is marked is seen at once, and of that server alone, in ${name}`, async () => {
    const index = open();
    await index.happenOutside(spam);
    await index.activity.markInbound(OTHERS, spam.messageId, 'Queued');
    assert.equal((await index.activity.inboundDetails(OURS, spam.messageId))?.status, 'Blocked');
    await index.activity.markInbound(OURS, spam.messageId, 'Queued');
    assert.equal((await index.activity.inboundDetails(OURS, spam.messageId))?.status, 'Queued');
    await index.close();
  });

  test(`blocked mail goes before the rest, and all goes when it is old, in ${name}`, async () => {
    const index = open();
    const newer = received({ at: NOW + 5 * DAY, status: 'Blocked' });
    await index.happenOutside(plain, spam, newer, foreign);
    const blocked = { dumpsBefore: 0, blockedBefore: NOW + DAY };
    assert.equal(await index.index.purgeShortLived({ ...blocked, limit: 10 }), 1);
    assert.equal(await index.index.purgeShortLived({ ...blocked, limit: 10 }), 0);
    assert.equal(await index.activity.inboundDetails(OURS, spam.messageId), undefined);
    assert.notEqual(await index.activity.inboundDetails(OURS, newer.messageId), undefined);
    assert.equal(await index.index.purge(NOW + DAY, 1), 1, 'in bounded pieces');
    assert.equal(await index.index.purge(NOW + DAY, 10), 1);
    assert.equal(await index.activity.inboundDetails(OURS, plain.messageId), undefined);
    const left = { serverId: OURS, status: 'Processed', recipient: 'hash+sample@inbound.example' } as const;
    assert.equal((await index.activity.searchInbound({ ...left, count: 9, offset: 0 })).total, 0);
    await index.close();
  });
}
