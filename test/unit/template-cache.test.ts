// Compiled templates are kept, within bounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTemplateCache, TEMPLATE_CACHE } from '../../src/domain/template/template-cache.ts';

const clock = { now: () => 0 };

test('a text is compiled once', () => {
  const cache = createTemplateCache(clock);
  const first = cache.compile('{{a}}');
  assert.equal(cache.compile('{{' + 'a}}'), first);
  assert.notEqual(cache.compile('{{a}} '), first);
  assert.equal(cache.size, 2);
});

test('invalid texts are not kept', () => {
  const cache = createTemplateCache(clock);
  assert.equal(cache.compile('{{-}}').kind, 'invalid');
  assert.equal(cache.size, 0);
});

test('the number of templates is bounded, and the least recently used goes first', () => {
  const cache = createTemplateCache(clock, { ...TEMPLATE_CACHE, maxEntries: 2 });
  const a = cache.compile('a');
  const b = cache.compile('b');
  assert.equal(cache.compile('a'), a);
  cache.compile('c');
  assert.equal(cache.size, 2);
  assert.equal(cache.compile('a'), a);
  assert.notEqual(cache.compile('b'), b);
});

test('their memory is bounded: a long text and many tags weigh more', () => {
  const cache = createTemplateCache(clock, { ...TEMPLATE_CACHE, maxWeight: 100_000 });
  for (let index = 0; index < 20; index += 1) cache.compile(`${index}${'x'.repeat(10_000)}`);
  assert.equal(cache.size, 4);
  for (let index = 0; index < 20; index += 1) cache.compile(`${index}${'{{a}}'.repeat(200)}`);
  assert.equal(cache.size, 2);
  cache.compile('x'.repeat(100_000));
  assert.equal(cache.size, 2);
});

test('the limits of parsing are passed on', () => {
  const limits = { ...TEMPLATE_CACHE.limits, maxTags: 1 };
  const cache = createTemplateCache(clock, { ...TEMPLATE_CACHE, limits });
  assert.equal(cache.compile('{{a}}').kind, 'compiled');
  assert.equal(cache.compile('{{a}}{{a}}').kind, 'invalid');
});
