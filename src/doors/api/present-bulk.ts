// Bulk requests as JSON (contract sending 9): what is not there is left out, never null. `ID` beside `Id`, because one official
// client reads the one and the others the other. `Note` and `Failures` are ours.
import { presentTime } from './present.ts';
import { percentageOf, type BulkRequest } from '../../domain/bulk.ts';
import type { FieldError } from '../../domain/bulk-errors.ts';

type Json = Readonly<Record<string, unknown>>;

export function presentBulk(request: BulkRequest): Json {
  const { id, subject, note, failures, finishedAt } = request;
  return {
    Id: id,
    ID: id,
    SubmittedAt: presentTime(request.submittedAt),
    Status: request.status,
    ...(subject !== undefined && { Subject: subject }),
    TotalMessages: request.total,
    PercentageCompleted: percentageOf(request),
    ReleasedCount: request.released,
    FailedCount: request.failed,
    MessageStream: request.streamId,
    ...(finishedAt !== undefined && { FinishedAt: presentTime(finishedAt) }),
    ...(note !== undefined && { Note: note }),
    ...(failures.length > 0 && {
      Failures: failures.map(({ code, message, count }) => ({ ErrorCode: code, Message: message, Count: count })),
    }),
  };
}

export function presentBulkList(requests: readonly BulkRequest[], paginationKey: string | undefined): Json {
  return {
    Requests: requests.map(presentBulk),
    ...(paginationKey !== undefined && { PaginationKey: paginationKey }),
  };
}

/** The member `Errors` of code 11: lists by field. */
export function presentFieldErrors(errors: readonly FieldError[]): Json {
  const byField = Map.groupBy(errors, ({ field }) => field);
  const lists = [...byField].map(([field, list]) => [
    field,
    list.map(({ error }) => ({ ErrorCode: error.code, Message: error.message })),
  ]);
  return { Errors: Object.fromEntries(lists) as unknown };
}
