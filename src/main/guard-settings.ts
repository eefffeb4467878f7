// The settings of the guards: thresholds in percent and the least numbers from which they count. Rows of `settings.ts`.
import { integer, type Parsed } from './setting-values.ts';
import type { Threshold, Thresholds } from '../domain/guard.ts';

interface Row {
  readonly key: string;
  readonly fallback: string;
  readonly unit: string;
  readonly help: string;
  readonly parse: (text: string) => Parsed<number>;
}

const row = (key: string, fallback: string, unit: string, help: string): Row => ({
  key: `guard_${key}`,
  fallback,
  unit,
  help,
  parse: unit.startsWith('percent') ? percent : integer(0, MOST),
});
const PERCENT = 'percent, 0 is never';
const MOST = 999_999_999;
/** Their addresses are remembered for an hour, for each stream and subject. */
const MOST_BULK_RECIPIENTS = 10_000;

export const GUARD_SETTINGS = {
  guardBounceWarn: row('bounce_warn', '5', PERCENT, 'Hard bounces of a stream from which its guard warns.'),
  guardBounceStop: row('bounce_stop', '10', PERCENT, 'Hard bounces from which the stream is paused.'),
  guardBounceMinimum: row('bounce_minimum', '100', 'recipients', 'Fewer are not judged by their bounces.'),
  guardComplaintWarn: row('complaint_warn', '0.1', PERCENT, 'Complaints of a stream from which its guard warns.'),
  guardComplaintStop: row('complaint_stop', '0.3', PERCENT, 'Complaints from which the stream is paused.'),
  guardComplaintMinimum: row('complaint_minimum', '5', 'complaints', 'Fewer complaints are not judged.'),
  guardDeferralWarn: row(
    'deferral_warn',
    '50',
    PERCENT,
    'Attempts put off by remote servers from which a guard warns.',
  ),
  guardDeferralStop: row('deferral_stop', '0', PERCENT, 'Attempts put off from which the stream is paused.'),
  guardDeferralMinimum: row('deferral_minimum', '200', 'attempts', 'Fewer attempts are not judged by their deferrals.'),
  guardBulkRecipients: {
    ...row(
      'bulk_recipients',
      '200',
      'recipients, 0 is never',
      'The same mail to so many within an hour on a transactional stream is told as bulk mail.',
    ),
    parse: integer(0, MOST_BULK_RECIPIENTS),
  },
};

type GuardConfig = { readonly [Name in keyof typeof GUARD_SETTINGS]: number };

export function guardThresholds(config: GuardConfig): Thresholds {
  return {
    bounces: { warn: config.guardBounceWarn, stop: config.guardBounceStop, minimum: config.guardBounceMinimum },
    complaints: {
      warn: config.guardComplaintWarn,
      stop: config.guardComplaintStop,
      minimum: config.guardComplaintMinimum,
    },
    deferrals: { warn: config.guardDeferralWarn, stop: config.guardDeferralStop, minimum: config.guardDeferralMinimum },
  };
}

/** One line for each pair of thresholds that would never warn before it stops. */
export function guardProblems(config: GuardConfig): readonly string[] {
  const { bounces, complaints, deferrals } = guardThresholds(config);
  const problem = (name: string, { warn, stop }: Threshold): readonly string[] =>
    warn === 0 || stop === 0 || warn < stop
      ? []
      : [`BULKHEAD_GUARD_${name}_WARN is ${warn} %, but must be below BULKHEAD_GUARD_${name}_STOP (${stop} %)`];
  return [...problem('BOUNCE', bounces), ...problem('COMPLAINT', complaints), ...problem('DEFERRAL', deferrals)];
}

function percent(text: string): Parsed<number> {
  const number = Number(text.trim());
  const fine = /^\d{1,3}(?:\.\d{1,3})?$/.test(text.trim()) && number <= 100;
  return fine ? { value: number } : { problem: 'a number from 0 to 100, with up to three decimals, such as 0.3' };
}
