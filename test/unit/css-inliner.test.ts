// Style blocks become attributes, within bounds; nothing is read or fetched.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { costOfInlining } from '../../src/backends/css/cost-of-inlining.ts';
import { createCssInliner, INLINING_LIMITS } from '../../src/backends/css/css-inliner.ts';

const inliner = createCssInliner();
const inline = (html: string): string => inliner.inline(html);
const page = (css: string, body: string): string =>
  `<!DOCTYPE html><html><head><style>${css}</style></head><body>${body}</body></html>`;

test('rules go into the elements that they match', () => {
  assert.match(
    inline(page('p { color: red } .a { margin: 0 }', '<p class="a">x</p>')),
    /<p class="a" style="[^"]*color: ?red/,
  );
});

test('what cannot be inlined stays in the style block', () => {
  const html = inline(page('p { color: red } p:hover { color: blue } @media print { p { color: black } }', '<p>x</p>'));
  assert.match(html, /<style>p:hover \{ color: blue;? \}<\/style>/);
  assert.match(html, /<style>@media print/);
});

test('placeholders, conditional comments and entities stay as they are', () => {
  const body =
    '<a href="{{{ pm:unsubscribe_url }}}">{{{ pm:unsubscribe }}}</a><!--[if mso]><p>x</p><![endif]--><p>&lt;&amp;</p>';
  const html = inline(page('a { color: red }', body));
  for (const kept of [
    'href="{{{ pm:unsubscribe_url }}}"',
    '>{{{ pm:unsubscribe }}}<',
    '<!--[if mso]><p>x</p><![endif]-->',
    '&lt;&amp;',
  ]) {
    assert.ok(html.includes(kept), `${kept} in ${html}`);
  }
});

test('HTML without style block, and what is over a bound, comes back as it was', () => {
  for (const html of [
    '<p>x',
    '',
    page('p { color: red }', '<p>x</p>'.repeat(INLINING_LIMITS.maxBytesIn / 8)),
    page('p { color: red }', '<div>'.repeat(500)),
    page('.a { color: red }'.repeat(1000), '<p>x</p>'.repeat(1000)),
  ]) {
    assert.equal(inline(html), html);
  }
  const html = page('p { color: red }', '<p>x</p>'.repeat(100));
  assert.equal(createCssInliner({ ...INLINING_LIMITS, maxBytesOut: html.length }).inline(html), html);
});

test('ordinary documents are within the bounds', () => {
  const css = Array.from({ length: 150 }, (_, index) => `.c${index}, td.c${index} a { color: red; margin: 0 }`).join(
    '\n',
  );
  const html = page(css, '<table><tr><td class="c1"><a>x</a></td></tr></table>'.repeat(150));
  assert.ok(costOfInlining(html) <= INLINING_LIMITS.maxCost);
  assert.notEqual(inline(html), html);
});

test('what is quick is inlined quickly as ever; what could take long is not; what is not inlined at all is said at once', () => {
  const small = page('p { color: red }', '<p>x</p>'.repeat(100));
  assert.equal(inliner.inlineQuickly(small), inline(small));
  for (const html of [
    page('p { color: red }', '<p>x</p>'.repeat(3000)),
    page('p { color: red }', `<p>${'x'.repeat(200_000)}`),
  ]) {
    assert.equal(inliner.inlineQuickly(html), undefined);
    assert.notEqual(inline(html), html);
  }
  for (const html of ['<p>x', page('p { color: red }', '<div>'.repeat(500)), page('p{}', 'x'.repeat(600_000))])
    assert.equal(inliner.inlineQuickly(html), html);
});

test('no stylesheet is read from a file or fetched', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'css-'));
  const file = join(folder, 'a.css');
  writeFileSync(file, 'p { color: red }');
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (const href of [`http://127.0.0.1:${port}/a.css`, file, pathToFileURL(file).href, '../a.css']) {
    const links = `<link rel="stylesheet" href="${href}"><style>@import url("${href}"); b { margin: 0 }</style>`;
    const html = inline(`<html><head>${links}</head><body><p>x</p><b>y</b></body></html>`);
    assert.ok(!html.includes('color'), html);
    assert.ok(html.includes(`href="${href}"`), html);
    assert.match(html, /<b style="margin: ?0;?">/);
  }
  await new Promise((resolve) => setImmediate(resolve));
  server.close();
  rmSync(folder, { recursive: true });
  assert.equal(connections, 0);
});
