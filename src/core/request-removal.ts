// Takes a request to erase what is known of a recipient across an account (contract management 11.1). The work itself is done
// later, by core/remove-data.
//
// Decided here: addresses may have a name before them, which is dropped; an address that nothing is known of is no error,
// because the answer would tell what is known.
import { REMOVAL_ERRORS } from '../domain/removal-errors.ts';
import type { ApiError } from '../domain/api-error.ts';
import type { AccountId } from '../lib/ids.ts';
import { parseMailbox } from '../mail/address.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { RemovalState } from '../ports/removal-store.ts';

export interface RequestRemovalDeps {
  readonly store: Pick<ControlStore, 'servers' | 'removals'>;
  readonly hashAddress: (address: string) => string;
  readonly now: () => number;
}

export interface RemovalRequest {
  readonly accountId: AccountId;
  readonly requestedBy: string | undefined;
  readonly requestedFor: string | undefined;
  readonly notify: boolean;
}

export type RemovalRequested =
  { readonly kind: 'requested'; readonly state: RemovalState } | { readonly kind: 'refused'; readonly error: ApiError };

export async function requestRemoval(
  { store, hashAddress, now }: RequestRemovalDeps,
  { accountId, requestedBy, requestedFor, notify }: RemovalRequest,
): Promise<RemovalRequested> {
  const by = addressIn(requestedBy);
  if (by === undefined) return refused('RequestedBy');
  const address = addressIn(requestedFor)?.toLowerCase();
  if (address === undefined) return refused('RequestedFor');
  const servers = await store.servers(accountId);
  const state = await store.removals.request({
    accountId,
    serverIds: servers.map(({ id }) => id),
    address,
    addressHash: hashAddress(address),
    requestedBy: by,
    notify,
    at: now(),
  });
  return { kind: 'requested', state };
}

function addressIn(text: string | undefined): string | undefined {
  return text === undefined ? undefined : parseMailbox(text)?.address;
}

function refused(field: string): RemovalRequested {
  return { kind: 'refused', error: REMOVAL_ERRORS.invalid(`The field '${field}' must be an email address.`) };
}
