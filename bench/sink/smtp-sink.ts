// The counting sink, a process of its own: takes all mail, remembers when each bench id came (monotonic clock) and how
// often, and answers its parent over the IPC channel of `fork`. Ends when the parent goes.
//
//   node bench/sink/smtp-sink.ts [--port 0] [--hosts 127.0.0.1]      (forked by sink/start-sink.ts; by hand it prints its counts at the end)
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { nowMicros, ownCpuMicros } from '../system/clock.ts';
import { NORMAL_MODE, serveSinkSession, type Arrival, type SinkMode } from './sink-session.ts';

export interface SinkCount {
  /** Different bench ids. */
  readonly unique: number;
  readonly duplicates: number;
  readonly withoutId: number;
  /** Messages that carried a DKIM-Signature. */
  readonly signed: number;
  readonly connections: number;
  /** When the last new id came, microseconds of the monotonic clock; 0 before the first. */
  readonly lastAt: number;
  readonly cpuMicros: number;
  /** Messages by the address that they came from. */
  readonly peers: Readonly<Record<string, number>>;
}

export type SinkRequest =
  | { readonly kind: 'mode'; readonly mode: SinkMode }
  | { readonly kind: 'reset' }
  | { readonly kind: 'count' }
  /** Answered once so many different ids are there. */
  | { readonly kind: 'wait'; readonly unique: number }
  /** Answered with arrival times by id, 0 where none came. */
  | { readonly kind: 'arrivals'; readonly firstId: number; readonly count: number };

export type SinkAnswer =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'answer'; readonly seq: number; readonly count: SinkCount; readonly arrivals?: readonly number[] };

const MAX_IDS = 4_000_000;

let arrivals = new Float64Array(MAX_IDS);
let mode: SinkMode = NORMAL_MODE;
let unique = 0;
let duplicates = 0;
let withoutId = 0;
let signed = 0;
let connections = 0;
let lastAt = 0;
let peers: Record<string, number> = {};
const open = new Set<Socket>();
/** What is held back, by its timer. */
const held = new Map<NodeJS.Timeout, () => void>();
let waiting: { readonly seq: number; readonly unique: number } | undefined;

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, hosts: { type: 'string', default: '127.0.0.1' } },
});
let port = Number(values.port);
for (const host of values.hosts.split(',')) {
  const server = createServer(take);
  server.listen({ host, port, backlog: 1024 });
  await once(server, 'listening');
  // All addresses have the port that the first one got.
  port = (server.address() as AddressInfo).port;
}
send({ kind: 'listening', port });
process.on('disconnect', () => process.exit(0));
process.on('message', (request: SinkRequest & { seq: number }) => handle(request));

function take(socket: Socket): void {
  const turn = connections;
  const peer = socket.remoteAddress ?? '';
  connections += 1;
  open.add(socket);
  socket.on('close', () => open.delete(socket));
  serveSinkSession(socket, {
    turn,
    mode: () => mode,
    hold,
    arrived(arrival) {
      peers[peer] = (peers[peer] ?? 0) + 1;
      arrived(arrival);
    },
  });
}

function hold(milliseconds: number, reply: () => void): () => void {
  const callOff = (): void => {
    clearTimeout(timer);
    held.delete(timer);
  };
  const timer = setTimeout(() => {
    callOff();
    reply();
  }, milliseconds);
  held.set(timer, reply);
  return callOff;
}

function releaseHeld(): void {
  const replies = [...held.values()];
  for (const timer of held.keys()) clearTimeout(timer);
  held.clear();
  for (const reply of replies) reply();
}

function arrived(arrival: Arrival): void {
  if (arrival.signed) signed += 1;
  const id = arrival.id;
  if (id === undefined || !(id >= 0 && id < MAX_IDS)) {
    withoutId += 1;
    return;
  }
  if (arrivals[id] !== 0) {
    duplicates += 1;
    return;
  }
  lastAt = nowMicros();
  arrivals[id] = lastAt;
  unique += 1;
  if (waiting !== undefined && unique >= waiting.unique) {
    answer(waiting.seq);
    waiting = undefined;
  }
}

function handle(request: SinkRequest & { seq: number }): void {
  switch (request.kind) {
    case 'mode':
      mode = request.mode;
      releaseHeld();
      // Connections kept from before the change are to close as well.
      for (const socket of open) socket.setTimeout(mode.idleCloseMs);
      return answer(request.seq);
    case 'reset':
      arrivals = new Float64Array(MAX_IDS);
      peers = {};
      unique = duplicates = withoutId = signed = connections = lastAt = 0;
      waiting = undefined;
      return answer(request.seq);
    case 'count':
      return answer(request.seq);
    case 'wait':
      if (unique >= request.unique) return answer(request.seq);
      waiting = { seq: request.seq, unique: request.unique };
      return;
    case 'arrivals':
      return answer(request.seq, [...arrivals.subarray(request.firstId, request.firstId + request.count)]);
  }
}

function answer(seq: number, times?: readonly number[]): void {
  const count = { unique, duplicates, withoutId, signed, connections, lastAt, cpuMicros: ownCpuMicros(), peers };
  send({ kind: 'answer', seq, count, ...(times === undefined ? {} : { arrivals: times }) });
}

function send(message: SinkAnswer): void {
  if (process.send === undefined) process.stdout.write(`${JSON.stringify(message)}\n`);
  else process.send(message);
}
