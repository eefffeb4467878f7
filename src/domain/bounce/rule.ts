// The shape of a bounce rule, and whether one matches a reply. The rules themselves are data: see rules.ts.
import type { Phase } from '../outcome.ts';
import type { BounceType } from './types.ts';

/** A reply that was really seen: who sent it, `<code> [<enhanced code>] <text>`, and where in the session (default rcpt). */
export type Sample = readonly [from: string, reply: string, phase?: Phase];

/** All conditions that are given must hold; of a list of patterns one must match. */
export interface Conditions {
  /** Matched against the reply's text, lines joined, without its codes. */
  readonly text?: readonly RegExp[];
  /** The same, with links left out and addresses as a bare `@`: a recipient called spam@… must not look like spam. */
  readonly words?: readonly RegExp[];
  /** Matched against subject and detail of the enhanced code: `1.1` for 4.1.1 and 5.1.1 (RFC 3463). */
  readonly status?: RegExp;
  readonly codes?: readonly number[];
  /** First digit of the reply code. */
  readonly class?: 4 | 5;
  readonly phases?: readonly Phase[];
}

export interface BounceRule {
  readonly id: string;
  readonly type: BounceType;
  readonly when: Conditions;
  /** The refusals of this rule are in truth passing, even with a 5xx code: they are tried again. */
  readonly passing?: true;
  /** Later rules of the same layer that match some of the same replies, and over which this one wins on purpose. */
  readonly over?: readonly string[];
  /** Each is a test: this rule must be the first to match it. */
  readonly samples: readonly Sample[];
}

/** A reply as the rules see it. */
export interface Facts {
  readonly code: number;
  /** `<subject>.<detail>` of the enhanced code, empty where there is none. */
  readonly status: string;
  readonly text: string;
  readonly words: string;
  readonly phase: Phase;
}

export function ruleMatches(rule: BounceRule, facts: Facts): boolean {
  return phaseFits(rule, facts.phase) && conditionsHold(rule.when, facts);
}

export function conditionsHold(conditions: Conditions, facts: Facts): boolean {
  const { text, words, status, codes, class: first, phases } = conditions;
  if (first !== undefined && Math.floor(facts.code / 100) !== first) return false;
  if (codes !== undefined && !codes.includes(facts.code)) return false;
  if (phases !== undefined && !phases.includes(facts.phase)) return false;
  if (status !== undefined && !status.test(facts.status)) return false;
  return anyMatches(text, facts.text) && anyMatches(words, facts.words);
}

/** Before RCPT nothing can have been said about the recipient: `550 user unknown` to MAIL FROM speaks of the sender. */
const BEFORE_RECIPIENT: ReadonlySet<Phase> = new Set<Phase>(['route', 'connect', 'greeting', 'ehlo', 'tls', 'mail']);
const ABOUT_RECIPIENT: ReadonlySet<BounceType> = new Set<BounceType>(['HardBounce', 'BadEmailAddress']);

/** A rule that names its phases knows better. */
function phaseFits({ type, when }: BounceRule, phase: Phase): boolean {
  return when.phases !== undefined || !(ABOUT_RECIPIENT.has(type) && BEFORE_RECIPIENT.has(phase));
}

function anyMatches(patterns: readonly RegExp[] | undefined, text: string): boolean {
  return patterns === undefined || patterns.some((pattern) => pattern.test(text));
}
