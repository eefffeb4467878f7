// No template holds up the others: while hostile ones are tried out and sent, the event loop goes on turning. The bound is generous, for
// slow and busy machines; what is meant is some tens of milliseconds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTemplateDoor, WELCOME } from '../support/template-door.ts';

const MOST_MS = 400;

const list = Array.from({ length: 2_000 }, (_, index) => index);
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);
const styles = (rules: number): string =>
  `<style>${Array.from({ length: rules }, (_, at) => `.a${at} b, p + p { margin: 0 }`).join('')}</style>`;

const HOSTILE: readonly (readonly [what: string, html: string, model: object])[] = [
  ['loops in loops', '{{#each a}}{{#each ../../a}}{{#each ../../../../a}}x{{/each}}{{/each}}{{/each}}', { a: list }],
  ['an output bomb', '{{#each a}}{{../../x}}{{/each}}', { a: list, x: '<'.repeat(100_000) }],
  ['deep nesting', nested(100, '{{#a}}{{#../a}}', '{{/../a}}{{/a}}'), { a: { a: 1 } }],
  ['too deep a nesting', nested(50_000, '{{#each a}}', '{{/each}}'), { a: [1] }],
  ['many tags', '{{a}}'.repeat(20_000), { a: 'é'.repeat(200) }],
  ['many errors', '{{-}}'.repeat(100_000), {}],
  ['braces', '{{'.repeat(2_000_000), {}],
  ['a large model', '{{a}}', { b: Array.from({ length: 500_000 }, () => 1) }],
  ['many elements and rules', styles(400) + '<p class="a1">x</p>'.repeat(5_000), {}],
  ['deep HTML', styles(1) + '<div>'.repeat(100_000), {}],
  ['deep HTML from a loop', `${styles(1)}{{#each a}}{{#each ../../a}}<b>{{/each}}{{/each}}`, { a: list.slice(0, 300) }],
  ['unclosed style blocks', '<style>a{'.repeat(50_000), {}],
  ['misnested formatting', `${styles(1)}${'<b><i><a><p></b></i>'.repeat(20_000)}`, {}],
  [
    'siblings of siblings',
    `<style>${'div ~ div '.repeat(50)}.x b { margin: 0 }</style>${'<div><div></div>'.repeat(150)}`,
    {},
  ],
  ['selectors in selectors', `<style>${':not('.repeat(20_000)}p${')'.repeat(20_000)}{ margin: 0 }</style><p>x</p>`, {}],
  [
    'many declarations',
    `<style>p{${Array.from({ length: 1_000 }, (_, at) => `a${at}:0;`).join('')}}</style>${'<p>x</p>'.repeat(500)}`,
    {},
  ],
  ['many attributes', `${styles(1)}<p ${Array.from({ length: 20_000 }, (_, at) => `a${at}`).join(' ')}>`, {}],
  ['formatting that is lost', styles(1) + Array.from({ length: 1_000 }, (_, at) => `<p><b class=${at}>`).join(''), {}],
  ['a long selector', `<style>${'div '.repeat(50_000)}{ margin: 0 }</style>${'<div>'.repeat(200)}`, {}],
];

for (const [what, HtmlBody, TestRenderModel] of HOSTILE) {
  test(`${what}: tried out and sent, without holding the event loop`, { timeout: 60_000 }, async () => {
    const door = openTemplateDoor();
    await door.app.ready();
    await door.call('POST', '/templates/validate', { HtmlBody: '<style>p{margin:0}</style><p>{{a}}' });
    const held = watchLoop();
    const tried = await door.call('POST', '/templates/validate', { HtmlBody, TestRenderModel });
    assert.ok(tried.status === 200 || tried.body.ErrorCode === 1121, JSON.stringify(tried.body).slice(0, 200));
    const kept = await door.call('POST', '/templates', { ...WELCOME, HtmlBody });
    if (kept.status === 200) {
      const message = {
        From: 'a@example.com',
        To: 'b@example.net',
        TemplateAlias: 'welcome',
        TemplateModel: TestRenderModel,
      };
      await door.call('POST', '/email/withTemplate', message);
    }
    const longest = held();
    assert.ok(longest < MOST_MS, `the loop stood for ${longest.toFixed(0)} ms`);
  });
}

/** The longest that the event loop worked at a stretch, in milliseconds, until it is asked: of time and CPU the smaller, for other programs work too. */
function watchLoop(): () => number {
  let last = { at: performance.now(), cpu: process.cpuUsage() };
  let longest = 0;
  const look = (): void => {
    const now = { at: performance.now(), cpu: process.cpuUsage() };
    const cpuMs = (now.cpu.user + now.cpu.system - last.cpu.user - last.cpu.system) / 1000;
    longest = Math.max(longest, Math.min(now.at - last.at, cpuMs));
    last = now;
  };
  const timer = setInterval(look, 1);
  return () => {
    look();
    clearInterval(timer);
    return longest;
  };
}
