// Where things lie in the data folder.
import { join } from 'node:path';
import type { LogName } from '../ports/activity-index.ts';
import { FRONT_LOG } from '../domain/event.ts';

export function controlFile(data: string): string {
  return join(data, 'control.sqlite');
}

export function activityFile(data: string): string {
  return join(data, 'activity.sqlite');
}

/** The file that holds a log: a lane's queue, or the log of events outside lanes. */
export function logFile(data: string, log: LogName): string {
  return log.id === FRONT_LOG.id ? join(data, 'front.sqlite') : join(data, 'lanes', `${log.id}.sqlite`);
}
