// GET /: a small page for people until the console exists: what runs, where to send, whether mail leaves or is captured,
// and the captured mail behind a token.
//
// Promises: one answer without any other resource; nothing of a message is ever run: its HTML is shown in a frame without
// scripts, origin or network, under a policy that only the page's own script passes. What the server knows is written
// into the page as text, so that it can be read without scripts too.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { ApiDeps, InstallationFacts, RoleFact } from './deps.ts';
import type { SendingKind } from '../../domain/stream.ts';

export function pageRoute(app: FastifyInstance, { facts }: Pick<ApiDeps, 'facts'>): void {
  const template = readAsset('page.html').replace('{{style}}', () => readAsset('page.css'));
  const policy = policyFor(template);
  app.get('/', async (_request, reply) =>
    reply
      .headers({
        'Cache-Control': 'no-store',
        'Content-Security-Policy': policy,
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
      })
      .type('text/html; charset=utf-8')
      .send(fill(template, await facts())),
  );
}

export function readAsset(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

/** The frame of a message inherits the policy: its inline styles and `data:` images show, nothing is fetched or run. */
export function policyFor(template: string): string {
  const script = /<script>([^]*?)<\/script>/.exec(template)?.[1] ?? '';
  const hash = createHash('sha256').update(script).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function fill(template: string, facts: InstallationFacts): string {
  const values: Readonly<Record<string, string>> = {
    hostname: escapeHtml(facts.hostname),
    version: escapeHtml(facts.version),
    mode: modeSection(facts.delivery),
    roles: facts.roles.map(roleItem).join('\n'),
    addresses: addressRows(facts.addresses),
  };
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);
}

const MODES: Readonly<Record<InstallationFacts['delivery'], { readonly title: string; readonly text: string }>> = {
  capture: {
    title: 'Capture is on: no mail leaves this installation',
    text: 'Every message is accepted, signed and put into the inbox below instead of being delivered. To deliver for real, set <code>BULKHEAD_DELIVERY=direct</code> and start again.',
  },
  direct: {
    title: 'Delivery is on: mail goes to its recipients',
    text: 'Messages leave for the mail servers of their recipients. To keep them here instead, set <code>BULKHEAD_DELIVERY=capture</code> and start again.',
  },
};

function modeSection(delivery: InstallationFacts['delivery']): string {
  const { title, text } = MODES[delivery];
  return `<section class="mode ${delivery}" aria-labelledby="mode"><h2 id="mode">${title}</h2><p>${text}</p></section>`;
}

function roleItem({ name, ready, detail }: RoleFact): string {
  const state = ready ? '<span class="state">ready</span>' : '<span class="state not">not ready</span>';
  const more = detail === undefined ? '' : ` <small>${escapeHtml(detail)}</small>`;
  return `<li>${state} <span>${escapeHtml(name)}${more}</span></li>`;
}

const SMTP_NAMES: Readonly<Record<SendingKind, string>> = {
  transactional: 'SMTP, transactional',
  broadcast: 'SMTP, broadcasts',
};

function addressRows({ http, smtp, mx }: InstallationFacts['addresses']): string {
  const rows = [
    ...http.map((address) => ['HTTP API', address] as const),
    ...smtp.map(({ kind, address }) => [SMTP_NAMES[kind], address] as const),
    ...mx.map((address) => ['Bounces come back to', address] as const),
  ];
  return rows
    .map(([name, address]) => `<div><dt>${name}</dt><dd><code>${escapeHtml(address)}</code></dd></div>`)
    .join('\n');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
