// What an attempt says about the pace at its site: from the outcomes of its recipients to one signal. Pure; for a delivery
// that went well it costs a look at each outcome.
import type { Outcome } from '../outcome.ts';
import { shapingRule } from '../shaping/rules.ts';

export type Signal =
  /** The site took the message, or said something about this message alone: it works. */
  | { readonly kind: 'ok' }
  /** Nothing was learnt: we did not come to the site, for reasons of our own. */
  | { readonly kind: 'none' }
  /** The site works, and wants to see this message again later. */
  | { readonly kind: 'greylisted' }
  | Trouble;

export interface Trouble {
  readonly kind: 'throttled' | 'overloaded' | 'blocked' | 'unreachable' | 'lost';
  /** In plain words, with the reply that says so; at most 300 characters. */
  readonly reason: string;
  /** The shaping rule that decided, where one did. */
  readonly rule: string | undefined;
  readonly pauseMs: number | undefined;
  readonly perMinute: number | undefined;
}

/** The most telling of the outcomes counts. */
export function signalOf(outcomes: readonly Outcome[]): Signal {
  let worst: Signal = NONE;
  for (const outcome of outcomes) {
    const signal = signalOfOne(outcome);
    if (WEIGHT[signal.kind] > WEIGHT[worst.kind]) worst = signal;
  }
  return worst;
}

const OK: Signal = { kind: 'ok' };
const NONE: Signal = { kind: 'none' };
const GREYLISTED: Signal = { kind: 'greylisted' };
const WEIGHT: Readonly<Record<Signal['kind'], number>> = {
  none: 0,
  ok: 1,
  greylisted: 2,
  lost: 3,
  unreachable: 4,
  overloaded: 5,
  throttled: 6,
  blocked: 7,
};

function signalOfOne(outcome: Outcome): Signal {
  switch (outcome.kind) {
    case 'delivered':
      return outcome.mode === 'remote' || outcome.mode === 'capture' ? OK : NONE;
    case 'refused':
      return NONE;
    case 'unknown':
      return lost(outcome.detail);
    case 'deferred':
    case 'bounced':
      return outcome.reply === undefined || outcome.reply.code === 0 ? silence(outcome) : spoken(outcome);
  }
}

type Failed = Extract<Outcome, { kind: 'deferred' | 'bounced' }>;

/** Without a peer no host was tried: waiting for a connection of our own, DNS, no address of the right family. */
function silence({ kind, peer, phase, detail }: Failed): Signal {
  if (peer === undefined || phase === 'route') return NONE;
  // A session that does not prove what is required of it is a matter of one domain, not of the provider's servers.
  if (phase === 'tls') return NONE;
  // A message that cannot be sent to this host at all (its size, its characters) says nothing against the host.
  if (kind === 'bounced') return OK;
  return BEFORE_SESSION.has(phase) ? { ...NO_RULE, kind: 'unreachable', reason: cut(detail) } : lost(detail);
}

function spoken({ reply, phase, detail }: Failed): Signal {
  const rule = reply === undefined ? undefined : shapingRule(reply, phase);
  if (rule === undefined || rule.verdict === 'message') return OK;
  if (rule.verdict === 'greylisted') return GREYLISTED;
  const { verdict: kind, id, pauseMs, perMinute } = rule;
  return { kind, reason: cut(detail), rule: id, pauseMs, perMinute };
}

function lost(detail: string): Signal {
  return { ...NO_RULE, kind: 'lost', reason: cut(detail) };
}

function cut(detail: string): string {
  return detail.length > MAX_REASON ? `${detail.slice(0, MAX_REASON - 1)}…` : detail;
}

/** Trouble that no rule speaks of. */
const NO_RULE = { rule: undefined, pauseMs: undefined, perMinute: undefined } satisfies Partial<Trouble>;
const BEFORE_SESSION: ReadonlySet<Outcome['phase']> = new Set<Outcome['phase']>(['connect', 'greeting', 'ehlo']);
const MAX_REASON = 300;
