// The shape of a shaping rule: what a reply says about the pace at a site, beside what it says about a message. The rules
// themselves are data: see rules.ts.
import type { Conditions, Sample } from '../bounce/rule.ts';

export type Verdict =
  /** We are too fast for them, or have too many connections: slower. */
  | 'throttled'
  /** They have trouble of their own, and refuse everybody: pause, then slower. */
  | 'overloaded'
  /** They do not take mail from our address, because of what they think of it: stop for long, and tell a person. */
  | 'blocked'
  /** Come back with this message later; says nothing about the others. */
  | 'greylisted'
  /** About this message, its sender or its recipient alone, whatever it sounds like. */
  | 'message';

export interface ShapingRule {
  readonly id: string;
  readonly verdict: Verdict;
  readonly when: Conditions;
  /** Milliseconds of the first pause; it grows while the trouble repeats. Without it, that of the verdict. */
  readonly pauseMs?: number;
  /** From now on no more messages a minute than this, until it has gone well for a while. */
  readonly perMinute?: number;
  /** Later rules of the same layer that match some of the same replies, and over which this one wins on purpose. */
  readonly over?: readonly string[];
  /** Each is a test: this rule must be the first to match it. */
  readonly samples: readonly Sample[];
}
