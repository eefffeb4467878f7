// The way out of a stream in a message given field by field (contract sending 14): placeholders, footers, header fields.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  htmlWithWayOut,
  textWithWayOut,
  wayOutFields,
  withWayOut,
  type WayOut,
} from '../../src/core/unsubscribe-content.ts';
import { createSubmit } from '../../src/core/submit.ts';
import type { UnsubscribeId } from '../../src/core/unsubscribe-link.ts';
import { content, coreWorld } from '../support/core-fixture.ts';

const URL = 'https://mail.example.com/unsubscribe/abc';
const HANDLED: WayOut = { handled: true, oneClick: true, url: () => URL };
const NOT_HANDLED: WayOut = { ...HANDLED, handled: false };
const FOOTER = `<p style="font-size:12px;color:#666666"><a href="${URL}">Unsubscribe</a></p>`;

const HTML: readonly [what: string, html: string, expected: string][] = [
  ['text becomes a link', '<p>{{{ pm:unsubscribe }}}</p>', `<p><a href="${URL}">Unsubscribe</a></p>`],
  ['an address stays an address', '<a href="{{{ pm:unsubscribe }}}">x</a>', `<a href="${URL}">x</a>`],
  ['without spaces', '<a href={{{pm:unsubscribe}}}>x</a>', `<a href=${URL}>x</a>`],
  ['after another attribute', '<a class="a" href=\'{{{pm:unsubscribe}}}\'>x', `<a class="a" href='${URL}'>x`],
  ['the bare address', '<p>{{{ pm:unsubscribe_url }}}</p>', `<p>${URL}</p>`],
  ['a label of old', '{{{ pm:unsubscribe label="Stop it" }}}', `<a href="${URL}">Stop it</a>`],
  ['a label with markup', '{{{ pm:unsubscribe label="<b>x" }}}', `<a href="${URL}">bx</a>`],
  ['several', '{{{pm:unsubscribe_url}}} <i>{{{pm:unsubscribe}}}</i>', `${URL} <i><a href="${URL}">Unsubscribe</a></i>`],
];

for (const [what, html, expected] of HTML) {
  for (const way of [HANDLED, NOT_HANDLED]) {
    test(`in HTML: ${what} (${way.handled ? 'handled' : 'not handled'})`, () =>
      assert.equal(htmlWithWayOut(html, way), expected));
  }
}

test('a footer stands at the end of the body, where there is no placeholder', () => {
  assert.equal(htmlWithWayOut('<p>Hi</p>', HANDLED), `<p>Hi</p>\r\n${FOOTER}\r\n`);
  const whole = '<html><body><p>&lt;/body></p></BODY ></html>';
  assert.equal(htmlWithWayOut(whole, HANDLED), whole.replace('</BODY >', `\r\n${FOOTER}\r\n</BODY >`));
  assert.equal(htmlWithWayOut('two {{ pm:unsubscribe }} braces', HANDLED).includes(FOOTER), true);
  assert.equal(htmlWithWayOut('<p>Hi</p>', NOT_HANDLED), '<p>Hi</p>');
});

test('in text it is the address, or a last line', () => {
  assert.equal(textWithWayOut('Bye: {{{ pm:unsubscribe }}}.', HANDLED), `Bye: ${URL}.`);
  assert.equal(textWithWayOut('Bye: {{{pm:unsubscribe_url}}}', NOT_HANDLED), `Bye: ${URL}`);
  assert.equal(textWithWayOut('Hello.\r\n\r\n', HANDLED), `Hello.\r\n\r\n--\r\nUnsubscribe: ${URL}\r\n`);
  assert.equal(textWithWayOut('Hello.\r\n', NOT_HANDLED), 'Hello.\r\n');
});

test('a body of nothing but placeholders grows by a hundred links and no more', () => {
  const html = htmlWithWayOut('{{{pm:unsubscribe}}}'.repeat(1000), HANDLED);
  assert.equal(html.split(URL).length - 1, 100);
  assert.equal(textWithWayOut('{{{pm:unsubscribe}}}'.repeat(1000), HANDLED).split(URL).length - 1, 100);
});

test('what there is nothing to do for is not touched', () => {
  const bodies = { text: 'Hello.', html: '<p>Hello.</p>' };
  const never: WayOut = { handled: false, oneClick: true, url: () => assert.fail('no link was to be made') };
  assert.equal(withWayOut(bodies, never), bodies);
});

test('header fields are those of RFC 8058, without one-click where the link names nobody', () => {
  const link = `List-Unsubscribe: <${URL}>\r\n`;
  assert.equal(wayOutFields(HANDLED), `${link}List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n`);
  assert.equal(wayOutFields({ ...HANDLED, oneClick: false }), link);
  assert.equal(wayOutFields(NOT_HANDLED), '');
});

for (const text of [
  '{'.repeat(200_000),
  '{{{ '.repeat(50_000),
  `{{{${' '.repeat(200_000)}`,
  '</body '.repeat(30_000),
]) {
  test(`a body of ${text.slice(0, 8)}… costs no more than its length`, () => {
    const startedAt = performance.now();
    htmlWithWayOut(`${text} pm:unsubscribe`, HANDLED);
    textWithWayOut(`${text} pm:unsubscribe`, HANDLED);
    assert.ok(performance.now() - startedAt < 1000);
  });
}

async function sent(fields: Parameters<typeof content>[0]): Promise<string> {
  const world = await coreWorld();
  const unsubscribeUrl = ({ recipient }: UnsubscribeId): string => `${URL}-${recipient ?? 'all'}`;
  const submit = createSubmit({ ...world.deps, unsubscribeUrl });
  const result = await submit(world.principal, content(fields), { via: 'http', dryRun: false });
  assert.equal(result.kind, 'accepted');
  return Buffer.from(world.appended[0]?.raw ?? []).toString();
}

test('a broadcast for one has one-click fields, in place of those of its sender', async () => {
  const headers = [
    { name: 'List-Unsubscribe', value: '<mailto:x@sender.test>' },
    { name: 'LIST-UNSUBSCRIBE-POST', value: 'x' },
  ];
  const raw = await sent({ streamId: 'broadcast', headers });
  assert.match(raw, /^List-Unsubscribe: <https:\/\/mail\.example\.com\/unsubscribe\/abc-0>\r$/m);
  assert.match(raw, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
  assert.doesNotMatch(raw, /mailto|-POST/);
  assert.match(raw, /^Unsubscribe: https:\/\/\S+abc-0\r$/m);
});

test('a broadcast for several has a link that names none of them, and no one-click', async () => {
  const raw = await sent({ streamId: 'broadcast', cc: 'cy@rcpt.test' });
  assert.match(raw, /^List-Unsubscribe: <\S+abc-all>\r$/m);
  assert.doesNotMatch(raw, /List-Unsubscribe-Post/);
});

test('transactional mail has what its sender gave it, and a link where it asks for one', async () => {
  const headers = [{ name: 'List-Unsubscribe', value: '<mailto:x@sender.test>' }];
  const plain = await sent({ headers });
  assert.match(plain, /^List-Unsubscribe: <mailto:x@sender\.test>\r$/m);
  assert.doesNotMatch(plain, /abc/);
  const asked = await sent({ textBody: 'Stop: {{{ pm:unsubscribe }}}' });
  assert.match(asked, /^Stop: https:\S+abc-0\r$/m);
  assert.doesNotMatch(asked, /List-Unsubscribe/);
});
