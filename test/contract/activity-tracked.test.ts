// Openings and clicks in the index: every filter, what counts once, the history, and nothing of another server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { StreamId } from '../../src/lib/ids.ts';
import type { TrackedFilter } from '../../src/ports/activity.ts';
import { NOW, OTHERS, OURS, WAYS, accepted, message } from '../support/activity-fixture.ts';
import type { Index } from '../support/activity-fixture.ts';
import { clicked, opened, reader } from '../support/later-events.ts';

const HOUR = 3_600_000;
const bob = message({ at: NOW, tag: 'welcome', to: ['Bob@Example.net'] });
const eve = message({ at: NOW + HOUR, to: ['eve@example.net'], cc: ['cc@example.net'] });
const news = message({ at: NOW + 2 * HOUR, streamId: 'broadcast', to: ['bob@example.net'] });
const foreign = message({ at: NOW, serverId: OTHERS, tag: 'welcome', to: ['bob@example.net'] });
const phone = reader({
  client: { name: 'Gmail 6', company: 'Google', family: 'Gmail' },
  os: { name: 'Android 15', company: 'Google Inc.', family: 'Android' },
  platform: 'Mobile',
  geo: {
    ...reader().geo,
    countryIsoCode: 'DE',
    country: 'Germany',
    regionIsoCode: 'BE',
    region: 'Berlin',
    city: 'Berlin',
  },
});

const EVENTS = [
  ...[bob, eve, news, foreign].map(accepted),
  opened(bob),
  opened(eve, { reader: phone }),
  opened(eve, { address: 'cc@example.net', at: NOW + 3 * HOUR }),
  opened(news, { streamId: 'broadcast' as StreamId }),
  opened(foreign),
  clicked(bob),
  clicked(eve, { reader: phone, link: 'https://example.com/x', location: 'Text' }),
  clicked(foreign),
];

const BOB = 'Bob@Example.net';
const EVE = 'eve@example.net';
const CC = 'cc@example.net';
type Case = readonly [filter: Partial<TrackedFilter>, recipients: readonly string[]];
const CASES: readonly Case[] = [
  [{}, [CC, 'bob@example.net', EVE, BOB]],
  [{ streamId: 'outbound' }, [CC, EVE, BOB]],
  [{ streamId: 'broadcast' }, ['bob@example.net']],
  [{ streamId: 'outbound', recipient: 'BOB@example.NET' }, [BOB]],
  [{ recipient: 'bob' }, []],
  [{ tag: 'welcome' }, [BOB]],
  [{ tag: 'Welcome' }, []],
  [{ messageId: eve.id }, [CC, EVE]],
  [{ clientName: 'gmail 6' }, [EVE]],
  [{ clientCompany: 'GOOGLE' }, [EVE]],
  [{ clientFamily: 'Gmail' }, [EVE]],
  [{ osName: 'android 15' }, [EVE]],
  [{ osCompany: 'Google Inc.' }, [EVE]],
  [{ osFamily: 'android' }, [EVE]],
  [{ platform: 'Mobile' }, [EVE]],
  [{ country: 'germany' }, [EVE]],
  [{ country: 'de' }, [EVE]],
  [{ region: 'BE' }, [EVE]],
  [{ region: 'Berlin' }, [EVE]],
  [{ city: 'berlin' }, [EVE]],
  [{ city: 'berlin', platform: 'Desktop' }, []],
  [{ from: NOW + HOUR }, [CC, 'bob@example.net', EVE]],
  [{ streamId: 'outbound', to: NOW + 60_000 }, [BOB]],
  [{ to: NOW + 59_999 }, []],
];

for (const { name, open } of WAYS) {
  describe(`openings and clicks in ${name}`, () => {
    let index: Index;
    before(async () => {
      index = open();
      await index.happen(...EVENTS);
    });
    after(() => index.close());

    for (const [filter, recipients] of CASES) {
      test(`finds openings by ${JSON.stringify(filter)}`, async () => {
        const { total, items } = await index.activity.opens({ serverId: OURS, count: 100, offset: 0, ...filter });
        assert.deepEqual(
          items.map(({ recipient }) => recipient),
          recipients,
        );
        assert.equal(total, recipients.length);
      });
    }

    test('finds clicks, and pages them', async () => {
      const page = (offset: number) => index.activity.clicks({ serverId: OURS, count: 1, offset });
      const [first, second] = [await page(0), await page(1)];
      assert.deepEqual(
        [first, second].map(({ total, items }) => [total, items[0]?.link, items[0]?.location]),
        [
          [2, 'https://example.com/x', 'Text'],
          [2, 'https://example.com/a?b=c', 'HTML'],
        ],
      );
    });

    test('another server sees its own', async () => {
      const theirs = await index.activity.opens({ serverId: OTHERS, count: 100, offset: 0 });
      assert.deepEqual(
        theirs.items.map(({ messageId }) => messageId),
        [foreign.id],
      );
      assert.equal((await index.activity.opens({ serverId: OTHERS, messageId: bob.id, count: 9, offset: 0 })).total, 0);
      assert.deepEqual(
        [await index.activity.isOutbound(OURS, bob.id), await index.activity.isOutbound(OTHERS, bob.id)],
        [true, false],
      );
    });
  });

  describe(`what counts once in ${name}`, () => {
    test('the first opening of a recipient, the first click on each link; the history says the same', async () => {
      const index = open();
      const of = message({ at: NOW });
      await index.happen(accepted(of), opened(of), opened(of, { at: NOW + HOUR, reader: phone }));
      await index.happen(clicked(of), clicked(of, { at: NOW + HOUR }), clicked(of, { at: NOW + HOUR, link: 'x:y' }));
      const page = { serverId: OURS, count: 9, offset: 0 };
      const opens = await index.activity.opens(page);
      assert.deepEqual([opens.total, opens.items[0]?.at, opens.items[0]?.reader], [1, NOW + 60_000, reader()]);
      assert.equal((await index.activity.clicks(page)).total, 2);
      const details = await index.activity.outboundDetails(OURS, of.id);
      const told = { recipient: 'bob@example.net', summary: 'Apple Mail 16 on OS X 10.15' };
      assert.deepEqual(details?.events, [
        { type: 'Opened', ...told, at: NOW + 60_000 },
        { type: 'LinkClicked', ...told, at: NOW + 60_000, link: 'https://example.com/a?b=c', location: 'HTML' },
        { type: 'LinkClicked', ...told, at: NOW + HOUR, link: 'x:y', location: 'HTML' },
      ]);
      await index.close();
    });

    test('an opening that is read before its message gets the tag all the same', async () => {
      const index = open();
      const of = message({ at: NOW, tag: 'late' });
      await index.happenOutside(opened(of));
      await index.happen(accepted(of));
      const { items } = await index.activity.opens({ serverId: OURS, tag: 'late', count: 9, offset: 0 });
      assert.deepEqual(
        items.map(({ tag }) => tag),
        ['late'],
      );
      await index.close();
    });
  });
}
