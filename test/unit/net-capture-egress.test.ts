// Capturing takes everything and connects to nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCaptureEgress } from '../../src/backends/net/capture-egress.ts';

test('every recipient is delivered into the capture', async () => {
  const egress = createCaptureEgress();
  const transaction = { mailFrom: 'a@b.test', recipients: ['x@y.test', 'z@y.test'], smtpUtf8: false, content: [] };
  const outcomes = await egress.send({ key: 'capture', hosts: [] }, transaction, new AbortController().signal);
  const captured = {
    kind: 'delivered',
    mode: 'capture',
    phase: 'final',
    peer: undefined,
    reply: { code: 250, enhanced: '2.0.0', text: 'captured' },
  };
  assert.deepEqual(outcomes, [captured, captured]);
  await egress.close();
});
