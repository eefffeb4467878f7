// Changes of a stream's suppression list by people (contract sending 15 and 17): addresses put on it, taken off it, and
// bounces activated, which are two doors to the same state.
//
// Promises: each address has its own result, in the order given; what the customer may not change stays (domain/suppression.ts);
// every change is told by an event before the call resolves. Leaves to others: finding the stream, and reading lists.
import { bounceTypeInfo } from '../domain/bounce/types.ts';
import { mayLift, type Suppression } from '../domain/suppression.ts';
import type { Clock } from '../lib/clock.ts';
import type { ServerId, StreamId } from '../lib/ids.ts';
import { parseMailbox } from '../mail/address.ts';
import type { Activity, Bounce } from '../ports/activity.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface ListDeps {
  readonly store: Pick<ControlStore, 'suppressionLists'>;
  /** Brings the events of changes on their way. */
  readonly publish: () => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface OfStream {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
}

/** `invalid`: no address. `protected`: not for the customer to change. */
export type AddressResult = 'done' | 'invalid' | 'protected';

export async function suppressAddresses(
  { store, publish, clock }: ListDeps,
  of: OfStream,
  given: readonly string[],
): Promise<readonly AddressResult[]> {
  const addresses = given.map(listedAddress);
  const rows = addresses.flatMap((address): Suppression[] =>
    address === undefined
      ? []
      : [{ ...of, address, reason: 'ManualSuppression', origin: 'Customer', createdAt: clock.now() }],
  );
  const listed = (await store.suppressionLists.add(rows)).values();
  const results = addresses.map((address): AddressResult => {
    if (address === undefined) return 'invalid';
    const { kind, row } = listed.next().value as { kind: 'added' | 'kept'; row: Suppression };
    return kind === 'added' || mayLift(row, 'Customer') ? 'done' : 'protected';
  });
  await publish();
  return results;
}

/** What is on no list is a success, too. */
export async function liftAddresses(
  { store, publish, clock }: ListDeps,
  of: OfStream,
  given: readonly string[],
): Promise<readonly AddressResult[]> {
  const addresses = given.map(listedAddress);
  const valid = addresses.filter((address) => address !== undefined);
  const removal = { ...of, addresses: valid, by: 'Customer', at: clock.now() } as const;
  const removed = (await store.suppressionLists.remove(removal)).values();
  const results = addresses.map((address): AddressResult => {
    if (address === undefined) return 'invalid';
    return removed.next().value === 'protected' ? 'protected' : 'done';
  });
  await publish();
  return results;
}

export type Activation = { readonly kind: 'activated'; readonly bounce: Bounce } | { readonly kind: 'impossible' };

/**
 * Lifts what a bounce has suppressed. An address that is active already is a success and changes nothing; where it also
 * complained or unsubscribed, no bounce of it can be activated.
 */
export async function activateBounce(
  deps: ListDeps & { readonly activity: Pick<Activity, 'bounce' | 'markReactivated'> },
  bounce: Bounce,
): Promise<Activation> {
  const { store, publish, clock, activity } = deps;
  if (!bounceTypeInfo(bounce.type).canActivate) return { kind: 'impossible' };
  if (!bounce.inactive) return { kind: 'activated', bounce };
  const { serverId } = bounce;
  const streamId = bounce.streamId as StreamId;
  const address = bounce.email.toLowerCase();
  const at = clock.now();
  const removal = { serverId, streamId, addresses: [address], by: 'Customer', at, tellAbsent: true } as const;
  const [removed] = await store.suppressionLists.remove(removal);
  if (removed === 'protected') return { kind: 'impossible' };
  await publish();
  await activity.markReactivated(serverId, streamId, address, at);
  return { kind: 'activated', bounce: (await activity.bounce(serverId, bounce.id)) ?? { ...bounce, inactive: false } };
}

/** An address as it stands on lists: bare, lower-case, its domain in A-labels; undefined where the text is none. */
export function listedAddress(text: string): string | undefined {
  const mailbox = /[<>]/.test(text) ? undefined : parseMailbox(text.trim());
  return mailbox?.name === '' ? mailbox.address.toLowerCase() : undefined;
}
