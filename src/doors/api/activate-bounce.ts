// Lifts the suppression that a bounce has caused (contract sending 17): the address gets mail of its stream again.
//
// Promises: a complaint is never lifted, also not by way of an older bounce of the same address; an address that is
// active already is a success and changes nothing.
import { bounceTypeInfo } from '../../domain/bounce/types.ts';
import type { StreamId } from '../../lib/ids.ts';
import type { Activity, Bounce } from '../../ports/activity.ts';
import type { ControlStore } from '../../ports/control-store.ts';

export type Activation = { readonly kind: 'activated'; readonly bounce: Bounce } | { readonly kind: 'impossible' };

export interface ActivationDeps {
  readonly activity: Activity;
  readonly store: ControlStore;
}

export async function activateBounce({ activity, store }: ActivationDeps, bounce: Bounce): Promise<Activation> {
  if (!bounceTypeInfo(bounce.type).canActivate) return { kind: 'impossible' };
  if (!bounce.inactive) return { kind: 'activated', bounce };
  if (await hasComplained(activity, bounce)) return { kind: 'impossible' };
  const { serverId, streamId } = bounce;
  const address = bounce.email.toLowerCase();
  await store.unsuppress(serverId, streamId as StreamId, address);
  await activity.markReactivated(serverId, streamId, address);
  return { kind: 'activated', bounce: (await activity.bounce(serverId, bounce.id)) ?? { ...bounce, inactive: false } };
}

/** The filter finds parts of addresses, so that the page may hold others too. */
const COMPLAINTS_LOOKED_AT = 500;

async function hasComplained(activity: Activity, { serverId, streamId, email }: Bounce): Promise<boolean> {
  const { items } = await activity.searchBounces({
    serverId,
    streamId,
    type: 'SpamComplaint',
    inactive: true,
    emailContains: email,
    count: COMPLAINTS_LOOKED_AT,
    offset: 0,
  });
  return items.some((complaint) => complaint.email.toLowerCase() === email.toLowerCase());
}
