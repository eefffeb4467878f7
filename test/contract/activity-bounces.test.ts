// Bounces in the index: filters, dumps, counts, reactivation, and the refusals of SMTP submissions.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { BounceFilter } from '../../src/ports/activity.ts';
import { NOW, OTHERS, OURS, WAYS, accepted, bounced, message, refused } from '../support/activity-fixture.ts';
import type { Index } from '../support/activity-fixture.ts';

const DAY = 86_400_000;

const hard = message({ at: NOW, to: ['Bob@example.net'], tag: 'welcome', subject: 'Hi' });
const soft = message({ at: NOW + DAY, to: ['carol_x@example.net'], streamId: 'broadcast' });
const blocked = message({ at: NOW + 2 * DAY, to: ['dan%x@example.net'], tag: 'Welcome' });
const foreign = message({ at: NOW, serverId: OTHERS });
const submission = message({ at: NOW + 3 * DAY, to: ['a@example.net', 'b@example.net'] });
const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000';

async function fill(index: Index): Promise<void> {
  await index.happen(accepted(hard), accepted(soft), accepted(blocked), accepted(foreign));
  await index.happen(bounced(hard), bounced(soft, 0, { type: 'SoftBounce', deactivates: false }));
  const detail = 'the name of the domain does not exist';
  await index.happen(bounced(blocked, 0, { type: 'Blocked', deactivates: false, reply: undefined, detail }));
  await index.happen(bounced(foreign));
  await index.happenOutside(refused(submission));
}

const ALL = ['b@example.net', 'a@example.net', 'dan%x@example.net', 'carol_x@example.net', 'Bob@example.net'];

const CASES: readonly (readonly [title: string, filter: Partial<BounceFilter>, emails: readonly string[]])[] = [
  ['all, newest first', {}, ALL],
  ['a stream', { streamId: 'broadcast' }, ['carol_x@example.net']],
  ['a type', { type: 'SMTPApiError' }, ['b@example.net', 'a@example.net']],
  ['inactive ones', { inactive: true }, ['Bob@example.net']],
  ['active ones', { inactive: false }, ALL.slice(0, 4)],
  ['part of an address in any case', { emailContains: 'bOB@' }, ['Bob@example.net']],
  ['an underscore is no wildcard', { emailContains: 'l_x' }, ['carol_x@example.net']],
  ['a per cent sign is no wildcard', { emailContains: 'd%x' }, []],
  ['a tag, exactly', { tag: 'Welcome' }, ['dan%x@example.net']],
  ['the tag of a refused submission too', { tag: 'welcome' }, ['b@example.net', 'a@example.net', 'Bob@example.net']],
  ['a message', { messageId: hard.id.toUpperCase() }, ['Bob@example.net']],
  ['a message that bounced for nobody', { messageId: UNKNOWN_ID }, []],
  ['a message id that is none', { messageId: 'x' }, []],
  ['from a time, inclusive', { from: NOW + 3 * DAY }, ['b@example.net', 'a@example.net']],
  ['to a time, inclusive', { to: NOW + 2000 }, ['Bob@example.net']],
  [
    'several at once',
    { streamId: 'outbound', type: 'HardBounce', inactive: true, tag: 'welcome' },
    ['Bob@example.net'],
  ],
];

for (const { name, open } of WAYS) {
  describe(`searching bounces in ${name}`, () => {
    let index: Index;
    before(async () => fill((index = open())));
    after(() => index.close());

    for (const [title, filter, emails] of CASES) {
      test(`finds ${title}`, async () => {
        const found = await index.activity.searchBounces({ serverId: OURS, count: 100, offset: 0, ...filter });
        assert.deepEqual(
          found.items.map(({ email }) => email),
          emails,
        );
        assert.equal(found.total, emails.length);
      });
    }

    test('pages through them', async () => {
      const found = await index.activity.searchBounces({ serverId: OURS, count: 2, offset: 3 });
      assert.equal(found.total, 5);
      assert.deepEqual(
        found.items.map(({ email }) => email),
        ['carol_x@example.net', 'Bob@example.net'],
      );
    });

    test('shows a bounce whole, to its own server only', async () => {
      const { items } = await index.activity.searchBounces({ serverId: OURS, count: 1, offset: 4 });
      const id = items[0]?.id ?? 0;
      assert.deepEqual(await index.activity.bounce(OURS, id), {
        id,
        serverId: OURS,
        streamId: 'outbound',
        messageId: hard.id,
        type: 'HardBounce',
        tag: 'welcome',
        details: 'smtp;550 5.1.1 no such user',
        email: 'Bob@example.net',
        from: 'ann@example.com',
        subject: 'Hi',
        bouncedAt: NOW + 2000,
        inactive: true,
        dumpAvailable: true,
      });
      assert.equal(await index.activity.bounce(OTHERS, id), undefined);
      assert.equal(await index.activity.bounceDump(OTHERS, id), undefined);
      assert.equal(await index.activity.bounce(OURS, id + 1), undefined);
    });

    test('counts types, and addresses that are inactive', async () => {
      assert.deepEqual(await index.activity.bounceCounts(OURS), {
        inactive: 1,
        byType: [
          { type: 'Blocked', count: 1 },
          { type: 'HardBounce', count: 1 },
          { type: 'SMTPApiError', count: 2 },
          { type: 'SoftBounce', count: 1 },
        ],
      });
      const unknown = await index.activity.bounceCounts(99 as typeof OURS);
      assert.deepEqual(unknown, { inactive: 0, byType: [] });
    });

    test('a bounce without a reply says why in words', async () => {
      const found = await index.activity.searchBounces({ serverId: OURS, count: 1, offset: 0, type: 'Blocked' });
      assert.equal(found.items[0]?.details, 'the name of the domain does not exist');
    });
  });

  describe(`a bounce in ${name}`, () => {
    const only = async (index: Index) => {
      const { items } = await index.activity.searchBounces({ serverId: OURS, count: 1, offset: 0 });
      assert.ok(items[0]);
      return items[0];
    };

    test('has a dump with the diagnostic and the header, for thirty days', async () => {
      const index = open();
      index.lane.bodies.set(hard.id, Buffer.from('Subject: Hi\r\nX-A: b\r\n\r\nsecret body\r\n'));
      await index.happen(accepted(hard), bounced(hard));
      const { id, bouncedAt } = await only(index);
      const dump = (await index.activity.bounceDump(OURS, id)) ?? '';
      assert.match(dump, /^Diagnostic-Code: smtp; 550 5\.1\.1 no such user\r$/m);
      assert.match(dump, /^Remote-MTA: dns; mx\.example\.net \[192\.0\.2\.25\] over TLS\r$/m);
      assert.match(dump, /^Last-Attempt-Date: 2026-01-15T12:00:02\.000Z \(attempt 1\)\r$/m);
      assert.match(dump, /\r\n\r\nSubject: Hi\r\nX-A: b\r\n$/);
      assert.doesNotMatch(dump, /secret/);

      index.clock.at = bouncedAt + 30 * DAY;
      assert.equal((await only(index)).dumpAvailable, true);
      index.clock.at += 1;
      assert.equal((await only(index)).dumpAvailable, false);
      assert.equal(await index.activity.bounceDump(OURS, id), '');
      await index.close();
    });

    test('of a refused submission has the error, its code and the source in its dump', async () => {
      const index = open();
      await index.happenOutside(refused(submission));
      const { id, details, inactive, from, subject, tag } = await only(index);
      assert.equal(details, "The 'From' address is not one of ours.");
      assert.deepEqual([inactive, from, subject, tag], [false, 'ann@example.org', 'Refused', 'welcome']);
      const dump = (await index.activity.bounceDump(OURS, id)) ?? '';
      assert.match(dump, /Add example\.org and verify it\.\r\n/);
      assert.match(dump, /^Error code: 400\r$/m);
      assert.match(dump, /\r\n\r\nSubject: Refused\r\n\r\nGrüße\r\n$/);
      await index.close();
    });

    test('stays listed when the address is reactivated, and is active on its stream only', async () => {
      const index = open();
      const again = message({ at: NOW + 1, to: ['BOB@example.net'] });
      const elsewhere = message({ at: NOW + 2, to: ['bob@example.net'], streamId: 'broadcast' });
      for (const one of [hard, again, elsewhere]) await index.happen(accepted(one), bounced(one));
      assert.equal((await index.activity.bounceCounts(OURS)).inactive, 2);
      await index.activity.markReactivated(OURS, 'outbound', 'boB@example.net', NOW + DAY);
      const found = await index.activity.searchBounces({ serverId: OURS, count: 9, offset: 0 });
      assert.deepEqual(
        found.items.map(({ streamId, inactive }) => [streamId, inactive]),
        [
          ['broadcast', true],
          ['outbound', false],
          ['outbound', false],
        ],
      );
      assert.equal((await index.activity.bounceCounts(OURS)).inactive, 1);
      await index.close();
    });

    test('is active when it comes into the index after the reactivation that came after it', async () => {
      const index = open();
      await index.activity.markReactivated(OURS, 'outbound', 'bob@example.net', NOW + DAY);
      await index.happen(accepted(hard), bounced(hard));
      assert.equal((await only(index)).inactive, false);
      const later = message({ at: NOW + DAY, to: ['bob@example.net'] });
      await index.happen(accepted(later), bounced(later));
      assert.equal((await only(index)).inactive, true);
      await index.close();
    });
  });
}
