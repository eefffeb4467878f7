// The fingerprint of a request's body: by its bytes alone, and never many of them at a stretch.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprintOf, STRETCH_BYTES } from '../../src/doors/api/fingerprint.ts';

const REQUEST = { method: 'POST', routeOptions: { url: '/email/bulk' } } as Parameters<typeof fingerprintOf>[0];

function counting() {
  const turns = {
    taken: 0,
    take: async () => {
      turns.taken += 1;
    },
  };
  return turns;
}

const BODY = Buffer.alloc(5 * STRETCH_BYTES + 17, 'the body ');

test('it is the same however the bytes are cut, and another for another byte or path', async () => {
  const turns = counting();
  const whole = await fingerprintOf(REQUEST, BODY, turns);
  const pieces = [BODY.subarray(0, 10), BODY.subarray(10, 3 * STRETCH_BYTES), BODY.subarray(3 * STRETCH_BYTES)];
  assert.equal(await fingerprintOf(REQUEST, pieces, turns), whole);
  const other = Buffer.from(BODY);
  other[other.length - 1] = 0;
  assert.notEqual(await fingerprintOf(REQUEST, other, turns), whole);
  const elsewhere = { ...REQUEST, routeOptions: { url: '/email' } } as typeof REQUEST;
  assert.notEqual(await fingerprintOf(elsewhere, BODY, turns), whole);
});

test('a large body takes a turn for each stretch after the first; a small one takes none', async () => {
  const turns = counting();
  await fingerprintOf(REQUEST, BODY.subarray(0, STRETCH_BYTES), turns);
  assert.equal(turns.taken, 0);
  await fingerprintOf(REQUEST, BODY, turns);
  assert.equal(turns.taken, 5);
});
