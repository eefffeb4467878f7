// Message streams and suppressions as JSON (contract sending 13 and 15): times in US Eastern without fractions, `null` for
// what is not there.
import type { EasternTime } from './eastern-time.ts';
import { STREAM_TYPE_NAMES } from '../../domain/stream-rules.ts';
import { PURGE_AFTER_MS, type Stream } from '../../domain/stream.ts';
import { SUPPRESSION_TEXTS } from '../../domain/suppression-errors.ts';
import type { Suppression } from '../../domain/suppression.ts';
import type { AddressResult } from '../../core/keep-suppressions.ts';

type Json = Readonly<Record<string, unknown>>;

export function presentStream(stream: Stream, eastern: EasternTime): Json {
  const { id, serverId, name, description, kind, createdAt, updatedAt, archivedAt, unsubscribeHandling } = stream;
  return {
    ID: id,
    ServerID: serverId,
    Name: name,
    Description: description ?? null,
    MessageStreamType: STREAM_TYPE_NAMES[kind],
    CreatedAt: eastern.format(createdAt),
    UpdatedAt: updatedAt === undefined ? null : eastern.format(updatedAt),
    ArchivedAt: archivedAt === undefined ? null : eastern.format(archivedAt),
    ExpectedPurgeDate: purgeDate(stream, eastern),
    SubscriptionManagementConfiguration: { UnsubscribeHandlingType: unsubscribeHandling },
  };
}

export function presentArchived(stream: Stream, eastern: EasternTime): Json {
  return { ID: stream.id, ServerID: stream.serverId, ExpectedPurgeDate: purgeDate(stream, eastern) };
}

function purgeDate({ archivedAt }: Stream, eastern: EasternTime): string | null {
  return archivedAt === undefined ? null : eastern.format(archivedAt + PURGE_AFTER_MS);
}

export function presentSuppression({ address, reason, origin, createdAt }: Suppression, eastern: EasternTime): Json {
  return {
    EmailAddress: address,
    SuppressionReason: reason,
    Origin: origin,
    CreatedAt: eastern.format(createdAt),
  };
}

/** `done` is the status of a success: `Suppressed` or `Deleted`. The address is told as it was given. */
export function presentListed(address: string, result: AddressResult, done: string): Json {
  if (result === 'done') return { EmailAddress: address, Status: done, Message: null };
  const message = result === 'invalid' ? SUPPRESSION_TEXTS.invalidAddress : SUPPRESSION_TEXTS.noAuthority;
  return { EmailAddress: address, Status: 'Failed', Message: message };
}
