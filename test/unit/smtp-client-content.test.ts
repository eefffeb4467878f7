// Dot-stuffing over parts and chunks, against the plain definition of RFC 5321 4.5.2.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHUNK_BYTES, contentChunks } from '../../src/mail/smtp/client-content.ts';

const wire = (parts: readonly Uint8Array[]): string => Buffer.concat([...contentChunks(parts)]).toString('latin1');

/** Line by line, as the RFC says; a missing end of line is added. */
function stuffedPlainly(content: string): string {
  const ended = content === '' || content.endsWith('\r\n') ? content : `${content}\r\n`;
  return `${ended.replace(/^\./gm, '..')}.\r\n`;
}

const pieces = fc.constantFrom('.', '\r\n', '..', 'a', 'é', 'line of text', '\r\n.', '\r\n.\r\n', 'a.b');
const parts = fc.array(
  fc.array(pieces, { maxLength: 8 }).map((words) => words.join('')),
  { maxLength: 6 },
);

test('any content in any parts is stuffed as the RFC says', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const content = given.map((part) => Buffer.from(part, 'latin1'));
      assert.equal(wire(content), stuffedPlainly(given.join('')));
    }),
    { numRuns: 2000 },
  );
});

test('a line end and its dot may fall on different sides of a chunk', () => {
  for (const shift of [-3, -2, -1, 0, 1]) {
    const content = `${'x'.repeat(CHUNK_BYTES + shift)}\r\n.\r\n..end`;
    assert.equal(wire([Buffer.from(content)]), stuffedPlainly(content), `shift ${shift}`);
  }
});

test('content goes in chunks of bounded size, whatever its parts', () => {
  const content = [
    Buffer.alloc(10),
    Buffer.alloc(3 * CHUNK_BYTES + 5),
    ...Array<Buffer>(50).fill(Buffer.alloc(20_000)),
  ];
  const sizes = [...contentChunks(content)].map((chunk) => chunk.length);
  assert.ok(Math.max(...sizes) <= CHUNK_BYTES + 10, String(sizes));
  assert.ok(sizes.length <= 12, `${sizes.length} chunks`);
});

test('a small message is one chunk', () => {
  assert.equal([...contentChunks([Buffer.from('a: b\r\n'), Buffer.from('\r\nc\r\n')])].length, 1);
});

test('parts are not changed', () => {
  const part = Buffer.from('.a\r\n.b\r\n');
  wire([part]);
  assert.equal(part.toString(), '.a\r\n.b\r\n');
});
