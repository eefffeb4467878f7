// Cutting a JSON array into elements: the same texts are valid as for JSON.parse of the whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitArray } from '../../src/doors/api/split-array.ts';
import { createTurns } from '../../src/doors/api/turns.ts';

const turns = createTurns({ sliceMs: 5, now: () => performance.now() });
const split = (text: string | Buffer, most = 500) => splitArray(Buffer.from(text), { maxItems: most, turns });

const CASES: readonly string[] = [
  '[]',
  ' [ ] \n',
  '[1]',
  '[1,2]',
  '[{}, [], "a", null, true, -1.5e3]',
  '["a,b","]","[","{","\\"","\\\\","\\\\\\"],"]',
  `["${'\\\\'.repeat(100)}","${'x'.repeat(200)}\\"","${'x'.repeat(63)}\\\\"]`,
  '[{"a":[1,{"b":"]}"}]},{"a":{}}]',
  '["\u00e9\u4e2d\ud83d\udc4b"]',
  '[1,]',
  '[,1]',
  '[1,,2]',
  '[1 2]',
  '[1}2]',
  '[{]}]',
  '[}]',
  '[[1]',
  '[1]]',
  '[1] x',
  '[1],',
  '["a]',
  '["a\\"]',
  '["a\\',
  '["\n"]',
  '[',
  ']',
  '',
  '{"a":',
  'nul',
];

for (const text of CASES) {
  test(`agrees with JSON.parse about ${JSON.stringify(text.slice(0, 40))}`, async () => {
    await assertAgrees(text);
  });
}

async function assertAgrees(text: string): Promise<void> {
  const result = await split(text);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    assert.equal(result.kind, 'malformed');
    return;
  }
  if (!Array.isArray(parsed)) assert.equal(result.kind, 'not-an-array');
  else assert.deepEqual(result, { kind: 'items', items: parsed });
}

test('agrees with JSON.parse about arrays that were damaged anywhere', async () => {
  const damage = fc.tuple(
    fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }),
    fc.nat(),
    fc.constantFrom('', '"', '\\', ',', '[', ']', '{', '}', ' ', 'x', '\\"', '1'),
    fc.nat(2),
  );
  await fc.assert(
    fc.asyncProperty(damage, async ([value, at, insert, remove]) => {
      const text = JSON.stringify(value, undefined, at % 3);
      const place = at % (text.length + 1);
      await assertAgrees(text.slice(0, place) + insert + text.slice(place + remove));
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
  );
});

test('agrees with JSON.parse where strings are longer than the stride and full of escapes', async () => {
  const piece = fc.constantFrom(
    '\\\\',
    '\\"',
    'x'.repeat(63),
    'x'.repeat(64),
    'x'.repeat(65),
    '\\u0041',
    '],[',
    '"',
    '"',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), (pieces) => assertAgrees(`["${pieces.join('')}"]`)),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
  );
});

test('stops at the bound', async () => {
  assert.equal((await split('[1,2,3]', 2)).kind, 'too-many');
  assert.equal((await split('[1,2]', 2)).kind, 'items');
});

test('says in which element the trouble is', async () => {
  assert.deepEqual(await split('[{},{"a":tru}]'), {
    kind: 'malformed',
    detail: "in element 1 of the array: Unexpected token '}'.",
  });
});

test('refuses bytes that are no UTF-8', async () => {
  assert.equal((await split(Buffer.from([0x5b, 0x22, 0xc3, 0x22, 0x5d]))).kind, 'malformed');
});

test('skips a byte order mark', async () => {
  assert.deepEqual(await split('\ufeff[1]'), { kind: 'items', items: [1] });
});

test('lets the event loop turn while it reads megabytes, whatever they hold', async () => {
  for (const text of [
    `[${'['.repeat(6_000_000)}`,
    `["${'\\"'.repeat(3_000_000)}"]`,
    `[${JSON.stringify('x'.repeat(50_000))}${`,${JSON.stringify('<a href="x">'.repeat(4000))}`.repeat(100)}]`,
  ]) {
    const eachTurnItsOwnRound = createTurns({ sliceMs: 0, now: () => performance.now() });
    let rounds = 0;
    let isDone = false;
    const count = (): void => {
      rounds += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await splitArray(Buffer.from(text), { maxItems: 500, turns: eachTurnItsOwnRound });
    isDone = true;
    assert.ok(rounds >= 4, `${rounds} rounds of the loop for ${text.length} bytes`);
  }
});
