// Renders of a template of 4 KB, found in a control file and rendered as for a message, one after the other on one thread. With the
// styles of a small style block inlined, and without.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from '../options.ts';
import { createCssInliner } from '../../src/backends/css/css-inliner.ts';
import { openControlStore } from '../../src/backends/sqlite/control-store.ts';
import { createTemplates, type Templates } from '../../src/core/sendable-template.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { ServerId } from '../../src/lib/ids.ts';

export interface TemplatesSample {
  readonly perSecond: number;
  readonly inlinedPerSecond: number;
  /** CPU of one, garbage collection included. */
  readonly cpuMicros: number;
  readonly inlinedCpuMicros: number;
  /** Of subject and HtmlBody as stored, and of the HTML that came of it. */
  readonly sourceBytes: number;
  readonly renderedBytes: number;
}

const SERVER = 1 as ServerId;
const SOURCE_BYTES = 4096;
const WARM_UP_MS = 500;

export async function measureTemplates(options: BenchOptions): Promise<TemplatesSample> {
  const folder = mkdtempSync(join(options.tmp, 'bulkhead-templates-'));
  const store = openControlStore({ file: join(folder, 'control.sqlite'), key: new Uint8Array(32) });
  try {
    const htmlBody = source();
    const fields = {
      name: 'Receipt',
      alias: 'receipt',
      type: 'Standard',
      subject: SUBJECT,
      htmlBody,
      textBody: undefined,
    } as const;
    await store.templates.save(SERVER, [{ fields: { ...fields, layout: undefined } }]);
    const templates = createTemplates({ store: store.templates, inliner: createCssInliner(), clock: systemClock });
    await rate(templates, { inlineCss: true, milliseconds: WARM_UP_MS });
    const plain = await rate(templates, { inlineCss: false, milliseconds: options.amounts.renderMs });
    const inlined = await rate(templates, { inlineCss: true, milliseconds: options.amounts.renderMs });
    return {
      perSecond: plain.perSecond,
      inlinedPerSecond: inlined.perSecond,
      cpuMicros: plain.cpuMicros,
      inlinedCpuMicros: inlined.cpuMicros,
      sourceBytes: Buffer.byteLength(SUBJECT + htmlBody),
      renderedBytes: plain.bytes,
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rate(templates: Templates, how: { readonly inlineCss: boolean; readonly milliseconds: number }) {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  let renders = 0;
  let bytes = 0;
  while (performance.now() - startedAt < how.milliseconds) {
    const found = await templates.find(SERVER, { alias: 'receipt' });
    if (found.kind === 'refused') throw new Error(found.error.message);
    const rendered = templates.render(found.template, modelOf(renders), how);
    if (rendered.kind === 'refused') throw new Error(rendered.error.message);
    bytes = Buffer.byteLength(rendered.htmlBody ?? '');
    renders += 1;
  }
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (renders * 1000) / (performance.now() - startedAt), cpuMicros: (user + system) / renders, bytes };
}

const SUBJECT = 'Your receipt {{number}} from {{company.name}}';

/** Of one recipient: another for each render. */
function modelOf(n: number) {
  return {
    number: n,
    customer: { name: `Ann & Bob ${n}`, address: { street: 'Main Street 1', city: 'Springfield' } },
    company: { name: 'Example Ltd', url: 'https://example.com' },
    items: Array.from({ length: 8 }, (_, at) => ({ name: `Item ${at}`, price: at + 0.5, isNew: at % 2 === 0 })),
    note: n % 2 === 0 ? 'Thank you' : '',
  };
}

/** Of about SOURCE_BYTES. */
function source(): string {
  const head = `<html><head><style>
body { font-family: sans-serif; color: #333 } h1 { font-size: 20px; margin: 0 } table.items { width: 100% }
td { padding: 4px 8px } td.price { text-align: right } .new { color: #080 } a { color: #07c } .foot { font-size: 11px }
@media (max-width: 600px) { table.items { width: auto } }
</style></head><body><h1>Hello {{customer.name}}</h1>`;
  const items = `<table class="items">{{#each items}}<tr><td>{{name}}{{#isNew}} <b class="new">new</b>{{/isNew}}</td>
<td class="price">{{price}}</td></tr>{{/each}}</table>{{#note}}<p>{{.}}</p>{{/note}}`;
  const paragraph = `<p>We send this to {{customer.address.street}}, {{customer.address.city}}. Questions? See
<a href="{{company.url}}/help">{{company.name}}</a>, or answer this message.</p>\n`;
  const foot = '<p class="foot">{{company.name}} · {{{ pm:unsubscribe }}}</p></body></html>';
  const left = SOURCE_BYTES - SUBJECT.length - head.length - items.length - foot.length;
  return head + items + paragraph.repeat(Math.floor(left / paragraph.length)) + foot;
}
