// An egress that talks to scripted servers on loopback, with short deadlines, and messages for it.
import type { TestContext } from 'node:test';
import { createEgress, type EgressOptions } from '../../src/backends/net/egress.ts';
import { createAddressBook } from '../../src/core/address-book.ts';
import { HOST_ADDRESS, type PoolAddress } from '../../src/domain/pool.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { CLIENT_DEADLINES, type ClientDeadlines } from '../../src/mail/smtp/client-phases.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { LaneId } from '../../src/lib/ids.ts';
import type { AddressBook, Egress, Site, Transaction } from '../../src/ports/egress.ts';
import { startScriptedMx, type Script, type ScriptedMx } from './scripted-mx.ts';

export interface Way {
  readonly mx: ScriptedMx;
  readonly egress: Egress;
  readonly site: Site;
  /** Sends to the scripted server. */
  readonly send: (change?: Partial<Transaction>, signal?: AbortSignal) => Promise<readonly Outcome[]>;
}

/** Everything is closed when the test ends. */
export async function wayTo(t: TestContext, script: Script, options: Partial<EgressOptions> = {}): Promise<Way> {
  const mx = await startScriptedMx(script);
  const egress = createEgress({
    book: bookOf({}),
    clock: systemClock,
    port: mx.port,
    deadlines: PATIENT,
    ...options,
  });
  t.after(async () => {
    await egress.close();
    await mx.close();
  });
  const site = siteOf(['mx.test', mx.address]);
  return { mx, egress, site, send: (change, signal) => egress.send(site, transaction(change), signal ?? FOREVER) };
}

/** The lane's own addresses; without any the system chooses. Greets as out.test. */
export function bookOf(own: { readonly ipv4?: string; readonly ipv6?: string }): AddressBook {
  const ips = [own.ipv4, own.ipv6].filter((ip) => ip !== undefined);
  const pool = 'transactional' as LaneId;
  const rows = (ips.length === 0 ? [HOST_ADDRESS] : ips).map((ip, at): PoolAddress => {
    const kept = { state: 'active', addedAt: 0, proof: undefined, warmUp: undefined } as const;
    return { id: at + 1, pool, ip, ehlo: undefined, shared: ip === HOST_ADDRESS, ...kept };
  });
  const book = createAddressBook({ pool, hostname: 'out.test', clock: systemClock });
  book.update(rows, () => true);
  return book;
}

export function siteOf(...hosts: readonly [host: string, ...addresses: string[]][]): Site {
  return {
    key: hosts.map(([host]) => host).join(' '),
    hosts: hosts.map(([host, ...addresses]) => ({ host, addresses })),
  };
}

export function transaction(change: Partial<Transaction> = {}): Transaction {
  return {
    mailFrom: 'bounce@out.test',
    recipients: ['ann@mx.test'],
    smtpUtf8: false,
    content: [Buffer.from(MESSAGE)],
    ...change,
  };
}

/** `kind phase code` of an outcome, such as `deferred rcpt 451`; without a code where there was no reply. */
export function summary(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'missing';
  const reply = 'reply' in outcome ? outcome.reply : undefined;
  return [outcome.kind, outcome.phase, ...(reply === undefined ? [] : [reply.code])].join(' ');
}

export function detailOf(outcome: Outcome | undefined): string {
  return outcome !== undefined && 'detail' in outcome ? outcome.detail : '';
}

/** Waits for what comes about by itself, 5 s at most. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`it did not come about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const MESSAGE = 'Subject: hello\r\n\r\nHow are you?\r\n';
export const FOREVER = new AbortController().signal;
/** For steps that are not meant to run into their deadline: a hang fails the test after seconds. */
export const PATIENT: ClientDeadlines = all(5000);

export function impatientIn(...phases: readonly (keyof ClientDeadlines)[]): ClientDeadlines {
  return { ...PATIENT, ...Object.fromEntries(phases.map((phase) => [phase, IMPATIENT_MS])) };
}

function all(ms: number): ClientDeadlines {
  const phases = Object.keys(CLIENT_DEADLINES) as (keyof ClientDeadlines)[];
  return Object.fromEntries(phases.map((phase) => [phase, ms])) as unknown as ClientDeadlines;
}

const IMPATIENT_MS = 100;
