// No template holds up the others: while hostile ones are tried out, kept and sent, with the thread that is there for them, the event loop
// goes on turning. The bound is generous, for slow and busy machines; what is meant is some twenty milliseconds.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openControlStore } from '../../src/backends/sqlite/control-store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { controlFile } from '../../src/main/files.ts';
import { runTemplates, type RunningTemplates } from '../../src/main/run-templates.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';
import { post } from '../support/api-door.ts';
import { openTemplateDoor, WELCOME } from '../support/template-door.ts';

const MOST_MS = 100;

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
  ['a model of many names', '{{a}}', Object.fromEntries(Array.from({ length: 300_000 }, (_, at) => [`name${at}`, 1]))],
  ['a large value to escape', '{{a}}', { a: '<'.repeat(4_900_000) }],
  ['much to escape in small values', '{{#each a}}{{../../x}}{{/each}}', { a: list, x: '<&é'.repeat(100) }],
  ['long paths', Array.from({ length: 5_000 }, (_, at) => `{{${`b${at}.`.repeat(130)}a}}`).join(''), {}],
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

const data = mkdtempSync(join(tmpdir(), 'hostile-'));
const vaultKey = new Uint8Array(32);
let control: ControlStore;
let thread: RunningTemplates;

before(() => {
  control = openControlStore({ file: controlFile(data), key: vaultKey });
  const config = { data, log: 'error' } as const;
  thread = runTemplates({ config, secrets: { vaultKey }, clock: systemClock, log: silentLog });
});

after(async () => {
  await thread.stop(5000);
  await control.close();
  rmSync(data, { recursive: true, force: true });
});

for (const [at, [what, HtmlBody, TestRenderModel]] of HOSTILE.entries()) {
  test(`${what}: tried out, kept and sent, without holding the event loop`, { timeout: 60_000 }, async () => {
    const door = openTemplateDoor({ templateStore: control.templates, heavyTemplates: thread.heavy });
    await door.app.ready();
    await door.call('POST', '/templates/validate', { HtmlBody: '<style>p{margin:0}</style><p>{{a}}' });
    const alias = `t${at}`;
    const message = { From: 'a@example.com', To: 'b@example.net', TemplateAlias: alias };
    const requests = {
      'trying it out': post('/templates/validate', { HtmlBody, TestRenderModel }),
      'keeping it': post('/templates', { ...WELCOME, Alias: alias, HtmlBody }),
      'sending it': post('/email/withTemplate', { ...message, TemplateModel: TestRenderModel }),
    };
    for (const [doing, request] of Object.entries(requests)) {
      const held = watchLoop();
      const answer = await door.app.inject(request);
      const longest = held();
      assert.ok([200, 422].includes(answer.statusCode), answer.body.slice(0, 200));
      assert.ok(longest < MOST_MS, `${doing} held the loop for ${longest.toFixed(0)} ms`);
    }
  });
}

/** The longest that the event loop worked at a stretch, in milliseconds, until it is asked: of time and CPU the smaller, for other programs work too. */
function watchLoop(): () => number {
  let last = { at: performance.now(), cpu: process.threadCpuUsage() };
  let longest = 0;
  const look = (): void => {
    const now = { at: performance.now(), cpu: process.threadCpuUsage() };
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
