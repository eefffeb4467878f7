// Properties of bulk requests: reading piece by piece is reading the whole; what is accepted would be accepted message by message;
// whatever goes wrong meanwhile, every message ends once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitObject } from '../../src/doors/api/split-object.ts';
import { createTurns } from '../../src/doors/api/turns.ts';
import { visitArray } from '../../src/doors/api/visit-array.ts';
import { bulkWorld, FULL, recipientsOf, request } from '../support/bulk-world.ts';
import { fuzzRuns } from '../support/fuzzing.ts';

const turns = createTurns({ sliceMs: 50, now: () => performance.now() });

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** A JSON text, now and then with a character changed. */
function texts(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const changes = fc.option(fc.tuple(fc.nat(), fc.constantFrom(...'[]{}",:\\ x1', '')), { freq: 2 });
  return fc.tuple(value, fc.constantFrom(undefined, 1), changes).map(([given, indent, change]) => {
    const text = JSON.stringify(given, undefined, indent);
    if (change === null) return text;
    const at = change[0] % (text.length + 1);
    return text.slice(0, at) + change[1] + text.slice(at + 1);
  });
}

test('a split object has the members that JSON.parse finds, or is malformed like it', async () => {
  await fc.assert(
    fc.asyncProperty(texts(fc.dictionary(fc.string(), fc.jsonValue())), async (text) => {
      const body = Buffer.from(text);
      const whole = parsed(body.toString());
      const split = await splitObject(body, turns);
      const values =
        split.kind === 'members'
          ? split.members.map(({ name, from, to }) => [name, parsed(body.toString('utf8', from, to))] as const)
          : [];
      const good = split.kind === 'members' && values.every(([, value]) => value !== undefined);
      const isObject = typeof whole?.value === 'object' && whole.value !== null && !Array.isArray(whole.value);
      assert.equal(good, isObject, text);
      if (good) assert.deepEqual(Object.fromEntries(values.map(([name, value]) => [name, value?.value])), whole?.value);
    }),
    fuzzRuns(300),
  );
});

test('a visited array has the elements that JSON.parse finds, or is malformed like it', async () => {
  await fc.assert(
    fc.asyncProperty(texts(fc.array(fc.jsonValue())), async (text) => {
      const body = Buffer.from(text);
      const whole = parsed(body.toString());
      const seen: unknown[] = [];
      const visited = await visitArray(body, { maxItems: 1000, turns, visit: (value) => seen.push(value) > 0 });
      assert.equal(visited.kind === 'visited', Array.isArray(whole?.value), text);
      if (visited.kind === 'visited') assert.deepEqual(seen, whole?.value);
    }),
    fuzzRuns(300),
  );
});

const address = fc.constantFrom(
  'a@rcpt.test',
  'B <b@rcpt.test>',
  '"C, D" <c@rcpt.test>',
  'x',
  '',
  'a@rcpt.test,',
  'ü@rcpt.test',
  'e@ü.test',
);
const metadata = fc.dictionary(fc.string({ maxLength: 25 }), fc.string({ maxLength: 90 }), { maxKeys: 12 });
const headers = fc.array(
  fc.record({
    Name: fc.constantFrom('X-A', 'x-a', 'Reply-To', 'Message-ID', 'To', 'X b', 'X-PM-Bounce-Type'),
    Value: fc.constantFrom('v', '<a@b>', 'a@rcpt.test', 'a\r\nb', 'ü', ''),
  }),
  { maxLength: 3 },
);
const message = fc.record(
  { To: address, Cc: address, Bcc: address, Metadata: metadata, Headers: headers },
  { requiredKeys: ['To'] },
);
const body = fc.record(
  {
    ReplyTo: address,
    Tag: fc.string(),
    Metadata: metadata,
    Headers: headers,
    Messages: fc.array(message, { maxLength: 4 }),
  },
  { requiredKeys: ['Messages'] },
);

test('a request that is accepted has no message that fails, where nobody is suppressed', async () => {
  await fc.assert(
    fc.asyncProperty(body, async (given) => {
      const world = await bulkWorld();
      const answer = await world.send({ ...request(0), ...given });
      if (answer.kind !== 'accepted') return assert.deepEqual(await world.bulk.waiting(), []);
      world.releaser.start();
      await world.until(async () => (await world.look(answer.request)).status === 'Completed');
      await world.releaser.stop();
      const end = await world.look(answer.request);
      assert.deepEqual([end.released, end.failed], [given.Messages.length, 0], JSON.stringify(end.failures));
    }),
    fuzzRuns(40),
  );
});

const trouble = fc.constantFrom('none', 'queue', 'crash-before', 'crash-after', 'suppress');

test('every message ends once, whatever happens on the way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 180 }), fc.array(trouble, { maxLength: 6 }), async (count, troubles) => {
      let world = await bulkWorld();
      const { core, bulk } = world;
      const accepted = await world.accept(request(count));
      const advance = bulk.advance.bind(bulk);
      for (const what of [...troubles, 'none']) {
        let crashed = false;
        let commits = 0;
        bulk.advance = async (seq, progress) => {
          commits += 1;
          if (what === 'crash-before') return new Promise(() => void (crashed = true));
          await advance(seq, progress);
          if (what === 'crash-after') return new Promise(() => void (crashed = true));
        };
        core.fail = what === 'queue' ? FULL : undefined;
        if (what === 'suppress') await suppress(world, `${count - 1}@rcpt.test`);
        world.releaser.start();
        const until = core.clock.now() + 3000;
        await world.until(
          async () =>
            crashed ||
            (what !== 'none' && core.clock.now() > until) ||
            (await world.look(accepted)).finishedAt !== undefined,
        );
        assert.ok(commits >= 0);
        if (!crashed) await world.releaser.stop();
        const now = await world.look(accepted);
        assert.ok(now.released + now.failed <= count);
        assert.equal(now.next, now.released + now.failed);
        bulk.advance = advance;
        if (now.finishedAt !== undefined) break;
        world = world.restart();
      }
      const end = await world.look(accepted);
      assert.deepEqual([end.status, end.released + end.failed], ['Completed', count]);
      const arrived = recipientsOf(world.arrived);
      assert.equal(new Set(arrived).size, arrived.length, 'nobody gets two');
      assert.ok(arrived.length >= end.released);
    }),
    fuzzRuns(40),
  );
});

async function suppress({ core }: Awaited<ReturnType<typeof bulkWorld>>, one: string): Promise<void> {
  const row = {
    serverId: core.server.id,
    streamId: 'broadcast',
    address: one,
    reason: 'HardBounce',
    origin: 'Recipient',
    createdAt: 0,
  };
  await core.store.suppress([row as never]);
}
