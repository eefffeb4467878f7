// Bulk mail on a transactional stream is told once a day; resets, codes and receipts never are.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHygiene, type BulkLike } from '../../src/core/consume/hygiene.ts';
import type { AcceptedEvent } from '../../src/domain/event.ts';
import { TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import { accepted, message } from '../support/activity-fixture.ts';
import { DAY, HOUR, NOON, guardWorld } from '../support/guard-fixture.ts';

interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly header?: string;
  readonly to?: readonly string[];
}

/** A text body follows the header; `readBodies` of the product is not the matter here. */
const readBodies = async (raw: Uint8Array) => ({
  text: Buffer.from(raw).toString().split('\r\n\r\n')[1],
  html: undefined,
});

/** Always the same numbers: a test that fails, fails again. */
const random = ((): (() => number) => {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
})();

function letter(n: number, { subject, text, header = '', to = [`p${n}@example.net`] }: Letter, at = NOON) {
  const of = message({ subject, to, at });
  return { event: accepted(of) as AcceptedEvent, raw: Buffer.from(`Subject: ${subject}\r\n${header}\r\n${text}`) };
}

/** Hands letters over as an hour's mail, and looks after each as often as there is a tick. */
async function findings(letters: readonly Letter[], recipients = 200): Promise<readonly BulkLike[]> {
  const hygiene = createHygiene({ recipients, readBodies, random, clock: { now: () => NOON } });
  const bodies = new Map<MessageId, Uint8Array>();
  const found: BulkLike[] = [];
  for (const [n, one] of letters.entries()) {
    const { event, raw } = letter(n, one);
    bodies.set(event.messageId, raw);
    hygiene.note(event, async (id) => bodies.get(id));
    if (n % 50 === 49) found.push(...(await hygiene.look()));
  }
  for (let tick = 0; tick < 20; tick += 1) found.push(...(await hygiene.look()));
  return found;
}

const times = (count: number, make: (n: number) => Letter): readonly Letter[] =>
  Array.from({ length: count }, (_, n) => make(n));

const NEWS = 'Our new shoes are here.\nhttps://shop.test/shoes';
const LISTED = 'List-Unsubscribe: <mailto:out@shop.test>\r\n';

describe('looks like bulk', () => {
  const table: readonly [string, readonly Letter[], RegExp][] = [
    [
      'the same content to 200',
      times(210, (n) => ({ subject: 'Shoes', text: `Hi P${n},\n${NEWS}` })),
      /content is the same/,
    ],
    [
      'the same content with a way out of its own for each',
      times(210, (n) => ({ subject: 'Shoes', text: `${NEWS}\nUnsubscribe: https://shop.test/u/${n}` })),
      /content is the same/,
    ],
    [
      'few messages with many recipients each',
      times(5, (n) => ({
        subject: 'Shoes',
        text: NEWS,
        to: Array.from({ length: 50 }, (_, i) => `p${n}-${i}@example.net`),
      })),
      /content is the same/,
    ],
    [
      'list headers on one subject, though each has a link of its own',
      times(210, (n) => ({ subject: 'Shoes', text: `https://shop.test/c/${n}`, header: LISTED })),
      /"shoes" within an hour, and it has the headers of a list/,
    ],
    [
      'list headers on many subjects',
      times(400, (n) => ({
        subject: `Post by ${'abcdefghijklmnopqrstuvwxyz'[n % 26]}${'klmno'[n % 5]}`,
        text: `${n}`,
        header: LISTED,
      })),
      /about \d+ recipients got mail with the headers of a list/,
    ],
  ];
  for (const [name, letters, reason] of table) {
    test(name, async () => {
      const found = await findings(letters);
      assert.ok(found.length > 0, 'nothing was found');
      assert.deepEqual([found[0]?.serverId, found[0]?.streamId], [1, 'outbound']);
      assert.match(found[0]?.reason ?? '', reason);
    });
  }
});

describe('does not look like bulk', () => {
  const table: readonly [string, readonly Letter[]][] = [
    [
      'password resets, one template for many',
      times(1000, (n) => ({
        subject: 'Reset your password',
        text: `Hello,\nsomebody asked for a new password. Choose one here:\nhttps://app.test/reset?t=${n * 7919}\nIt works for an hour.`,
      })),
    ],
    [
      'sign-in codes',
      times(1000, (n) => ({ subject: `Your code is ${100_000 + n}`, text: `${100_000 + n} is your code.` })),
    ],
    [
      'receipts',
      times(1000, (n) => ({
        subject: `Receipt ${n}`,
        text: `Thank you for your order ${n}. You paid ${n % 90}.${n % 10}0 EUR.`,
      })),
    ],
    ['the same content to fewer', times(150, () => ({ subject: 'Maintenance tonight', text: 'We are off at 3 am.' }))],
    [
      'the same content again and again to few',
      times(600, (n) => ({ subject: 'Alert', text: 'Disk full', to: [`op${n % 5}@example.net`] })),
    ],
    [
      'a few with list headers among many',
      times(1000, (n) => ({ subject: `About ${n}`, text: `${n}`, header: n % 20 === 0 ? LISTED : '' })),
    ],
  ];
  for (const [name, letters] of table) {
    test(name, async () => assert.deepEqual(await findings(letters), []));
  }

  test('anything where it is turned off', async () => {
    assert.deepEqual(
      await findings(
        times(500, () => ({ subject: 'Shoes', text: NEWS })),
        0,
      ),
      [],
    );
  });

  test('mail of broadcast streams and of sandboxes', async () => {
    const hygiene = createHygiene({ recipients: 20, readBodies, random, clock: { now: () => NOON } });
    for (let n = 0; n < 200; n += 1) {
      const { event, raw } = letter(n, { subject: 'Shoes', text: NEWS });
      for (const change of [{ kind: 'broadcast' }, { testMode: 'sandbox' }, { acceptedAt: NOON - HOUR }] as const) {
        hygiene.note({ ...event, message: { ...event.message, ...change } }, async () => raw);
      }
      assert.deepEqual(await hygiene.look(), []);
    }
  });
});

test('memory and work have bounds: groups, bodies, and time', async () => {
  let read = 0;
  const clock = { at: NOON };
  const readSlowly = async (raw: Uint8Array) => {
    clock.at += 5;
    return readBodies(raw);
  };
  const limits = { maxGroups: 3, maxRipe: 2, lookMs: 12 };
  const hygiene = createHygiene({
    recipients: 10,
    readBodies: readSlowly,
    random,
    clock: { now: () => clock.at },
    limits,
  });
  const send = (count: number, subject: string): void => {
    for (let n = 0; n < count; n += 1) {
      const { event, raw } = letter(n, { subject, text: NEWS });
      hygiene.note(event, async () => {
        read += 1;
        return raw;
      });
    }
  };
  send(300, 'Shoes');
  assert.equal((await hygiene.look()).length, 0);
  assert.equal(read, 3, 'then the time is over');
  for (let n = 0; n < 10; n += 1) await hygiene.look();
  assert.equal(read, 20, 'two groups of ten bodies');
  for (const subject of ['one', 'two', 'three', 'four', 'one', 'two', 'three', 'four']) send(5, subject);
  for (let n = 0; n < 10; n += 1) await hygiene.look();
  assert.ok(read <= 40, 'subjects pushed each other out; the stream was read');
});

test('a stream is told of once a day, and the guards show it', async () => {
  const world = guardWorld();
  const clock = { now: () => world.clock.at };
  const guard = await world.open({ hygiene: createHygiene({ recipients: 20, readBodies, random, clock }) });
  const log = world.log(TRANSACTIONAL_LANE);
  const bulk = async (): Promise<void> => {
    for (let n = 0; n < 60; n += 1) {
      const { event, raw } = letter(n, { subject: 'Shoes', text: NEWS }, world.clock.at);
      log.bodies.set(event.messageId, raw);
      log.append(event);
      await log.feed(guard);
      await guard.tick();
    }
  };
  await bulk();
  await bulk();
  assert.equal(world.said.filter(({ level }) => level === 'warn').length, 1);
  const [report] = await guard.guards();
  assert.deepEqual([report?.streamId, report?.verdict, report?.bulkLike?.at], ['outbound', 'fine', NOON]);
  world.clock.at += DAY;
  await bulk();
  assert.equal(world.said.filter(({ level }) => level === 'warn').length, 2);
  world.clock.at += 3 * DAY;
  await guard.tick();
  assert.equal((await guard.guards())[0]?.bulkLike, undefined);
});
