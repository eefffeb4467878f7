// Gives deliveries back to the queue untried, for a later time: their site is held, or has more than it can take soon. No
// attempt, no event. What was held back until the end of its life is given up, with the reason.
//
// One call to the queue at a time: what comes meanwhile goes with the next, so many deliveries cost few commits. Promises:
// each delivery handed over is put off or given up exactly once, or is still leased when the process ends.
import type { PaceView } from '../domain/pacing/site-pace.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { RetrySchedule } from '../domain/retry.ts';
import type { Lease, Postponement } from '../ports/lane-queue.ts';

export interface PutOffDeps {
  readonly schedule: RetrySchedule;
  readonly now: () => number;
  /** Tried until it succeeds; false where the process ends first. */
  readonly postpone: (items: readonly Postponement[]) => Promise<boolean>;
  /** Their room in the window is free; the time is the earliest that one of them is due again. */
  readonly letGo: (leases: readonly Lease[], nextDueAt: number) => void;
  readonly giveUp: (lease: Lease, outcomes: readonly Outcome[]) => void;
  /** Somebody must wait for it before the queue is closed. */
  readonly track: (promise: Promise<void>) => void;
}

export interface HeldLease {
  readonly lease: Lease;
  readonly dueAt: number;
}

/** The pace of the site, or what else holds it. */
export type HeldBy = Pick<PaceView, 'state' | 'reason'>;

export interface PutOff {
  take(held: readonly HeldLease[], why: HeldBy): void;
  /** Deliveries put off since the start. */
  readonly total: () => number;
}

export function createPutOff(deps: PutOffDeps): PutOff {
  let collected: HeldLease[] = [];
  let flushing = false;
  let total = 0;

  function take(held: readonly HeldLease[], why: HeldBy): void {
    const now = deps.now();
    for (const { lease, dueAt } of held) {
      const end = lease.firstDueAt + deps.schedule.lifetimeMs;
      if (end - now < deps.schedule.baseMs) deps.giveUp(lease, expired(lease, why));
      // Never past the end of its life: then it is looked at again, and given up where its site is still held.
      else collected.push({ lease, dueAt: Math.max(now + 1, Math.min(dueAt, end - deps.schedule.baseMs / 2)) });
    }
    if (flushing || collected.length === 0) return;
    flushing = true;
    deps.track(flush());
  }

  async function flush(): Promise<void> {
    try {
      // What is handed over in this turn goes together.
      await Promise.resolve();
      while (collected.length > 0) {
        const batch = collected;
        collected = [];
        if (!(await deps.postpone(batch.map(({ lease, dueAt }) => ({ deliveryId: lease.deliveryId, dueAt }))))) return;
        total += batch.length;
        const first = batch.reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity);
        deps.letGo(
          batch.map(({ lease }) => lease),
          first,
        );
      }
    } finally {
      flushing = false;
    }
  }

  return { take, total: () => total };
}

/** The bounce says what held it: nobody has answered for this message, so the address stays as it is. */
function expired(lease: Lease, { state, reason }: HeldBy): readonly Outcome[] {
  const held = state === 'open' ? 'it had no turn there' : `the site was ${WORDS[state]}`;
  const tries = lease.attempts === 1 ? '1 attempt' : `${lease.attempts} attempts`;
  const outcome: Outcome = {
    kind: 'bounced',
    peer: undefined,
    phase: 'connect',
    reply: undefined,
    detail: `given up after ${tries}; ${held}${reason === undefined ? '' : `: ${reason}`}`,
    type: state === 'blocked' ? 'Blocked' : 'SoftBounce',
  };
  return lease.recipients.map(() => outcome);
}

const WORDS: Readonly<Record<Exclude<PaceView['state'], 'open'>, string>> = {
  slow: 'slow',
  'backing-off': 'held back',
  unreachable: 'out of reach',
  blocked: 'refusing our address',
};
