// The table of bounce rules, in the order in which they are asked.
//
// Four layers, each asked only where the ones before had no answer: what only one provider says; words that everybody
// uses; enhanced codes; bare reply codes, which end with a rule for every 4xx and 5xx. Inside a layer a rule stands
// before those that it beats and names them in `over`; a test fails on every overlap of the samples that is not named,
// so nothing wins silently. To add a rule: put it into the file of its layer with a reply that you have seen.
import type { BounceRule } from './rule.ts';
import { CODE_RULES, STATUS_RULES } from './rules-codes.ts';
import { CONTENT_RULES } from './rules-content.ts';
import { MAILBOX_RULES } from './rules-mailbox.ts';
import { PASSING_RULES } from './rules-passing.ts';
import { PROVIDER_RULES } from './rules-provider.ts';
import { REGIONAL_PROVIDER_RULES } from './rules-provider-regional.ts';
import { SENDER_RULES } from './rules-sender.ts';

export interface RuleLayer {
  readonly name: 'provider' | 'words' | 'status' | 'code';
  readonly rules: readonly BounceRule[];
}

export const RULE_LAYERS: readonly RuleLayer[] = [
  { name: 'provider', rules: [...PROVIDER_RULES, ...REGIONAL_PROVIDER_RULES] },
  { name: 'words', rules: [...CONTENT_RULES, ...SENDER_RULES, ...MAILBOX_RULES, ...PASSING_RULES] },
  { name: 'status', rules: STATUS_RULES },
  { name: 'code', rules: CODE_RULES },
];

export const BOUNCE_RULES: readonly BounceRule[] = RULE_LAYERS.flatMap((layer) => layer.rules);
