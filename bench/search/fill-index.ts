// Fills an activity index with made-up messages, spread over 40 days, through the index's own batches; a process of its own.
// One JSON line at the end.
//
//   node bench/search/fill-index.ts --file activity.sqlite --messages 5000000
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openActivity } from '../../src/backends/sqlite/activity.ts';
import type { LaneId, MessageId, ServerId, StreamId } from '../../src/lib/ids.ts';
import type { IndexChange, LogName } from '../../src/ports/activity-index.ts';
import { addressOf, HASHES, messageAt, TIMES } from './made-up-message.ts';

export interface FillReport {
  readonly messages: number;
  readonly fillMs: number;
  readonly fileBytes: number;
  /** Preparing for searches, a tile at a time: all, and the slowest. */
  readonly sealMs: number;
  readonly sealMsMax: number;
}

/** A lane that the server, which is to find the file, does not have: nothing is read again. */
const LOG: LogName = { id: 'made-up' as LaneId, number: 60 };
const BATCH = 1000;
const SERVER = 1 as ServerId;

const { values } = parseArgs({ options: { file: { type: 'string' }, messages: { type: 'string' } } });
const file = values.file ?? '';
const total = Number(values.messages);
const index = openActivity({
  path: file,
  clock: { now: Date.now },
  logs: new Map(),
  readBodies: async () => ({ text: undefined, html: undefined, attachments: [] }),
});
const startedAt = performance.now();
const firstAt = Date.now() - TIMES.span;
for (let first = 0; first < total; first += BATCH) {
  const last = Math.min(first + BATCH, total);
  const changes: IndexChange[] = [];
  for (let n = first; n < last; n += 1) changes.push(...changesOf(n));
  await index.apply({ log: LOG, after: first, upTo: last, changes });
}
const fillMs = performance.now() - startedAt;
const seals = [];
for (let more = true; more;) {
  const sealing = performance.now();
  more = await index.tidy();
  seals.push(performance.now() - sealing);
}
await index.close();
const days = file.replace(/\.sqlite$/, '');
const files = [file, ...readdirSync(days).map((name) => join(days, name))];
const report: FillReport = {
  messages: total,
  fillMs,
  fileBytes: files.reduce((sum, each) => sum + statSync(each).size, 0),
  sealMs: seals.reduce((sum, each) => sum + each, 0),
  sealMsMax: Math.max(...seals),
};
process.stdout.write(`${JSON.stringify(report)}\n`);

function changesOf(n: number): readonly IndexChange[] {
  const at = Math.floor(firstAt + (n / total) * TIMES.span);
  const { subject, tag, metadata, from, streamId } = messageAt(n);
  const messageId = idAt(n, at);
  const recipients = [{ address: addressOf(n), name: '', role: 'To' as const }];
  const shown = { attachments: [], trackOpens: false, trackLinks: 'None' as const, sandboxed: false };
  const message = { id: messageId, streamId, tag, recipients, receivedAt: at, from, subject, metadata, ...shown };
  const base = { serverId: SERVER, messageId };
  const event = {
    type: 'Delivered',
    recipient: addressOf(n),
    at: at + 900,
    message: 'smtp;250 2.0.0 Ok: queued as 4F2A',
    host: 'mx.example.net',
    ip: '192.0.2.25',
  } as const;
  return [
    { kind: 'message', serverId: SERVER, fromAddress: from, size: 4096, pending: 1, source: undefined, message },
    { kind: 'event', ...base, place: n, event },
    ...(isQueued(n) ? [] : [{ kind: 'finished', ...base, recipient: 0 } as const]),
    ...(n % 50 === 0 ? [bounceOf(n, at, { messageId, streamId: streamId as StreamId })] : []),
  ];
}

/** One in a thousand is still on its way. */
function isQueued(n: number): boolean {
  return n % 1000 === 998;
}

function bounceOf(n: number, at: number, of: { messageId: MessageId; streamId: StreamId }): IndexChange {
  const [email, type] = [addressOf(n), n % 3 === 0 ? 'HardBounce' : 'SoftBounce'] as const;
  const rest = { details: 'smtp;550 5.1.1 no such user', report: 'said', returned: undefined };
  return { kind: 'bounce', id: n + 1, serverId: SERVER, ...of, type, email, bouncedAt: at, inactive: false, ...rest };
}

/** In order of time, as the ids of the server are. */
function idAt(n: number, at: number): MessageId {
  const time = at.toString(16).padStart(12, '0');
  const tail = ((n * HASHES) % 2 ** 48).toString(16).padStart(12, '0').slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${(n % 4096).toString(16).padStart(3, '0')}-8000-${tail}` as MessageId;
}
