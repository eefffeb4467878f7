// Pools and addresses as JSON, beside present.ts and by its rules.
import { presentTime, STREAM_TYPES } from './present.ts';
import type { AddedAddress, AddressView, WarmUpView } from '../../core/manage-addresses.ts';
import type { Attached, PoolView } from '../../core/manage-pools.ts';
import { ATTACHMENT_NOTE } from '../../core/manage-pools.ts';
import type { AddressProof, Pool, PoolAddress } from '../../domain/pool.ts';

type Json = Readonly<Record<string, unknown>>;

export function presentPool({ id, kind, createdAt }: Pool): Json {
  return { ID: id, StreamType: STREAM_TYPES[kind], CreatedAt: presentTime(createdAt) };
}

export function presentPoolView({ pool, addresses, streams, remarks }: PoolView): Json {
  return {
    ...presentPool(pool),
    Addresses: addresses.map(presentBare),
    Streams: streams.map(({ server, streamId }) => ({
      ServerID: server.id,
      ServerName: server.name,
      StreamID: streamId,
    })),
    Remarks: remarks,
  };
}

export function presentAttached({ pool, server, streams }: Attached): Json {
  return { ...presentPool(pool), ServerID: server.id, StreamIDs: streams, Message: ATTACHMENT_NOTE };
}

function presentBare({ id, pool, ip, ehlo, shared, state, addedAt, proof }: PoolAddress): Json {
  return {
    ID: id,
    Address: ip,
    Pool: pool,
    EHLO: ehlo ?? null,
    Shared: shared,
    State: state === 'active' ? 'Active' : 'Leaving',
    AddedAt: presentTime(addedAt),
    Proof: proof === undefined ? null : presentProof(proof),
  };
}

function presentProof({ verdict, checkedAt, reasons, notes, ptr }: AddressProof): Json {
  return {
    Verdict: verdict === 'fit' ? 'Fit' : 'Quarantined',
    CheckedAt: presentTime(checkedAt),
    Reasons: reasons,
    Notes: notes ?? [],
    PTR: ptr ?? null,
  };
}

export function presentAddress({ address, warmUp }: AddressView): Json {
  return { ...presentBare(address), WarmUp: warmUp === undefined ? null : presentWarmUp(warmUp) };
}

/** What has no bound is `null`. */
function presentWarmUp({ plan, day, days, sent, total, perProvider }: WarmUpView): Json {
  const bound = (most: number): number | null => (most === Infinity ? null : most);
  return {
    Plan: plan,
    Day: day,
    Days: days,
    SentToday: sent,
    AllowedToday: bound(total),
    AllowedPerProvider: bound(perProvider),
  };
}

export function presentAdded(view: AddressView, { replacedHost, remarks }: AddedAddress): Json {
  return { ...presentAddress(view), ReplacedHost: replacedHost !== undefined, Remarks: remarks };
}
