// What an attempt's outcomes lead to: events for people, and what remains to be tried. Pure: the commit that makes it
// true is the lane queue's. This is the one place where "temporary" becomes "tried again at" or "given up".
import { classifyExpired, classifyRoute } from '../domain/bounce/classify.ts';
import { bounceTypeInfo } from '../domain/bounce/types.ts';
import type { BouncedEvent, CapturedEnvelope, DeferredEvent, DeliveredEvent, Event } from '../domain/event.ts';
import type { Outcome } from '../domain/outcome.ts';
import { nextAttempt, waitHintMs, type RetrySchedule } from '../domain/retry.ts';
import type { Lease, Requeue, Settlement } from '../ports/lane-queue.ts';

export interface SettleDeps {
  readonly schedule: RetrySchedule;
  readonly random: () => number;
}

export interface Attempted {
  readonly lease: Lease;
  /** One per recipient of the lease, in its order. */
  readonly outcomes: readonly Outcome[];
  readonly captured: CapturedEnvelope | undefined;
  readonly now: number;
}

export function settle(deps: SettleDeps, attempted: Attempted): Settlement {
  const { lease, outcomes, now } = attempted;
  const events: Event[] = [];
  const again: number[] = [];
  const plan = nextAttempt({
    attempts: lease.attempts + 1,
    firstDueAt: lease.firstDueAt,
    now,
    schedule: deps.schedule,
    random: deps.random,
    atLeastMs: Math.max(0, ...outcomes.map((outcome) => askedWait(deps, outcome))),
  });
  let captured = attempted.captured;
  lease.recipients.forEach((recipient, position) => {
    const outcome = outcomes[position];
    if (outcome === undefined)
      throw new Error(`delivery ${lease.deliveryId} has no outcome for recipient ${recipient}`);
    const head = headOf(attempted, recipient, outcome);
    switch (outcome.kind) {
      case 'delivered':
        events.push({
          ...head,
          kind: 'delivered',
          reply: outcome.reply,
          mode: outcome.mode,
          captured,
        } satisfies DeliveredEvent);
        captured = undefined;
        return;
      case 'bounced':
        events.push(bounced(head, outcome));
        return;
      case 'refused':
        // Our own refusal says nothing about the mailbox: it must not suppress the address.
        events.push(
          bounced(head, { type: classifyRoute('address-not-allowed').type, reply: undefined, detail: outcome.detail }),
        );
        return;
      case 'deferred':
      case 'unknown': {
        const reply = outcome.kind === 'deferred' ? outcome.reply : undefined;
        if (plan.kind === 'expired') {
          const type = classifyExpired({ reply, phase: outcome.phase, detail: outcome.detail });
          const detail = `given up after ${lease.attempts + 1} attempts; the last: ${outcome.detail}`;
          events.push(bounced(head, { type, reply, detail }));
          return;
        }
        again.push(recipient);
        events.push({
          ...head,
          kind: 'deferred',
          reply,
          detail: outcome.detail,
          nextAt: plan.at,
          possibleDuplicate: outcome.kind === 'unknown',
        } satisfies DeferredEvent);
        return;
      }
    }
  });
  const requeue: Requeue | undefined =
    plan.kind === 'retry' && again.length > 0
      ? { recipients: again, dueAt: plan.at, attempts: lease.attempts + 1 }
      : undefined;
  return { deliveryId: lease.deliveryId, requeue, events };
}

/** What the trouble itself asks for: a greylisting host names its time, a lost reply wants the far side to finish. */
function askedWait({ schedule }: SettleDeps, outcome: Outcome): number {
  if (outcome.kind === 'unknown') return schedule.afterUnknownMs;
  return outcome.kind === 'deferred' ? (waitHintMs(outcome.reply?.text ?? '') ?? 0) : 0;
}

type EventHead = Omit<DeliveredEvent, 'kind' | 'reply' | 'mode' | 'captured'>;

function headOf({ lease, now }: Attempted, recipient: number, outcome: Outcome): EventHead {
  const head = {
    at: now,
    serverId: lease.message.serverId,
    streamId: lease.message.streamId,
    messageId: lease.message.id,
    recipient,
    address: lease.message.recipients[recipient]?.address ?? '',
    attempt: lease.attempts + 1,
    peer: outcome.peer,
    via: outcome.via,
  };
  return outcome.transcript === undefined ? head : { ...head, transcript: outcome.transcript };
}

interface Refusal {
  readonly type: BouncedEvent['type'];
  readonly reply: BouncedEvent['reply'];
  readonly detail: string;
}

function bounced(head: EventHead, { type, reply, detail }: Refusal): BouncedEvent {
  return { ...head, kind: 'bounced', type, reply, detail, deactivates: bounceTypeInfo(type).deactivates };
}
