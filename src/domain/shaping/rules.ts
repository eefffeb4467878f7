// The table of shaping rules, in the order in which they are asked: what only one provider says; words that everybody
// uses; bare codes. A test fails on overlaps of the samples that are not named in `over`, and where a sample is not
// decided by its own rule. To add a rule: put it into the file of its layer with a reply that you have seen.
// RFC 5321 section 4.2 (reply codes), RFC 3463 (enhanced codes).
import { factsOf } from '../bounce/classify.ts';
import { conditionsHold } from '../bounce/rule.ts';
import type { Phase, RemoteReply } from '../outcome.ts';
import type { ShapingRule } from './rule.ts';
import { GENERAL_SHAPING, LAST_SHAPING } from './rules-general.ts';
import { REGIONAL_PROVIDER_SHAPING } from './rules-provider-regional.ts';
import { LARGE_PROVIDER_SHAPING } from './rules-provider.ts';

export interface ShapingLayer {
  readonly name: 'provider' | 'general' | 'last';
  readonly rules: readonly ShapingRule[];
}

export const SHAPING_LAYERS: readonly ShapingLayer[] = [
  { name: 'provider', rules: [...LARGE_PROVIDER_SHAPING, ...REGIONAL_PROVIDER_SHAPING] },
  { name: 'general', rules: GENERAL_SHAPING },
  { name: 'last', rules: LAST_SHAPING },
];

export const SHAPING_RULES: readonly ShapingRule[] = SHAPING_LAYERS.flatMap(({ rules }) => rules);

/** The rule that says what this reply means for the pace; undefined where it means nothing. */
export function shapingRule(reply: RemoteReply, phase: Phase): ShapingRule | undefined {
  if (reply.code < 400) return undefined;
  const facts = factsOf(reply, phase);
  return SHAPING_RULES.find(({ when }) => conditionsHold(when, facts));
}

/** All that match, the deciding one first: the answer to "why so slow?". */
export function matchingShapingRules(reply: RemoteReply, phase: Phase): readonly ShapingRule[] {
  const facts = factsOf(reply, phase);
  return SHAPING_RULES.filter(({ when }) => conditionsHold(when, facts));
}
