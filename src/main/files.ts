// Where things lie in the data folder.
import { join } from 'node:path';
import type { LogName } from '../ports/activity-index.ts';
import { FRONT_LOG } from '../domain/event.ts';
import type { LaneId } from '../lib/ids.ts';

export function controlFile(data: string): string {
  return join(data, 'control.sqlite');
}

export function activityFile(data: string): string {
  return join(data, 'activity.sqlite');
}

/** Answers to requests with an Idempotency-Key; can be deleted, then they are new requests. */
export function answersFile(data: string): string {
  return join(data, 'answers.sqlite');
}

/** What the guards have counted; can be deleted, the logs fill it again as far as they reach back. */
export function guardFile(data: string): string {
  return join(data, 'guards.sqlite');
}

/** Counts by day; kept for good, and not made again from the index. */
export function statisticsFile(data: string): string {
  return join(data, 'statistics.sqlite');
}

/** Bulk requests, with the content of those that are not finished. */
export function bulkFile(data: string): string {
  return join(data, 'bulk.sqlite');
}

/** What is known of TLS to other servers. */
export function tlsFile(data: string): string {
  return join(data, 'tls.sqlite');
}

/** The file that holds a log: a lane's queue, or the log of events outside lanes. */
export function logFile(data: string, log: Pick<LogName, 'id'>): string {
  return log.id === FRONT_LOG.id ? join(data, 'front.sqlite') : join(data, 'lanes', `${log.id}.sqlite`);
}

/** What the lane's warming addresses have sent; made when there is something to count. */
export function warmUpFile(data: string, lane: LaneId): string {
  return join(data, 'lanes', `${lane}.warmup.sqlite`);
}
