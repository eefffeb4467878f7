// The HTTP probe, a process of its own: one POST /email every so many milliseconds over keep-alive connections, whether or not
// the ones before have been answered, so that a server that stalls meets all the requests that a real application would have
// made meanwhile. One JSON line at the end.
//
//   node bench/load/http-probe.ts --port 8025 --token TOKEN --messages 1500 [--interval 20] [--size 4096] [--stream outbound]
//        [--first-id 0] [--domains 4] [--connections 20] [--grace 60]
import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { nowMicros } from '../system/clock.ts';
import { responseReader } from './http-response.ts';
import { jsonMessage, stamp, toTemplate } from './message.ts';

/** Times are microseconds of the machine's monotonic clock, by place; 0 for what never was. */
export interface HttpProbeReport {
  /** When it should have been sent. */
  readonly dueAt: readonly number[];
  readonly answeredAt: readonly number[];
  readonly refused: number;
  readonly reasons: readonly string[];
}

const MAX_REASONS = 5;

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string' },
    token: { type: 'string', default: '' },
    messages: { type: 'string' },
    interval: { type: 'string', default: '20' },
    size: { type: 'string', default: '4096' },
    stream: { type: 'string', default: 'outbound' },
    domains: { type: 'string', default: '4' },
    'first-id': { type: 'string', default: '0' },
    connections: { type: 'string', default: '20' },
    grace: { type: 'string', default: '60' },
  },
});

interface Line {
  readonly socket: Socket;
  /** The place of the request that it waits for; undefined where it is free. */
  place: number | undefined;
}

const total = Number(values.messages);
const interval = Number(values.interval) * 1000;
const firstId = Number(values['first-id']);
const domains = { first: 0, count: Number(values.domains), digits: 1 };
const dueAt = new Float64Array(total);
const answeredAt = new Float64Array(total);
const reasons = new Set<string>();
const request = requestTemplate();
const queue: number[] = [];
let refused = 0;
let sent = 0;
let answered = 0;

/** Opened when all others wait: the server ends a connection that brings no request. */
const lines: Line[] = [];
const maxLines = Number(values.connections);
const startedAt = nowMicros();
next();

function next(): void {
  setTimeout(sendDue, Math.max(0, (startedAt + sent * interval - nowMicros()) / 1000));
}

function sendDue(): void {
  dueAt[sent] = startedAt + sent * interval;
  queue.push(sent);
  sent += 1;
  serve();
  if (sent < total) return next();
  setTimeout(finish, Number(values.grace) * 1000).unref();
}

function serve(): void {
  while (queue.length > 0) {
    const line = freeLine();
    if (line === undefined) return;
    const place = queue.shift() as number;
    line.place = place;
    stamp(request, firstId + place, domains);
    // A copy: the next one writes over it.
    line.socket.write(Buffer.from(request.bytes));
  }
}

function freeLine(): Line | undefined {
  const free = lines.find((line) => line.place === undefined);
  if (free !== undefined || lines.length === maxLines) return free;
  const opened = openLine();
  lines.push(opened);
  return opened;
}

function openLine(): Line {
  const socket = connect({ host: values.host, port: Number(values.port), noDelay: true });
  const line: Line = { socket, place: undefined };
  const reader = responseReader(
    (status, body) => answer(line, status, body),
    (why) => socket.destroy(new Error(why)),
  );
  socket.on('data', (bytes: Buffer) => reader.feed(bytes));
  socket.on('error', (error) => refuse(error.message));
  // One that was idle for long: the server has ended it.
  socket.on('end', () => void lines.splice(lines.indexOf(line), 1));
  return line;
}

function answer(line: Line, status: number, body: Buffer): void {
  if (line.place !== undefined) answeredAt[line.place] = nowMicros();
  line.place = undefined;
  answered += 1;
  if (status !== 200) refuse(`${status} ${body.toString('latin1').slice(0, 200)}`);
  if (answered === total) return finish();
  serve();
}

function refuse(why: string): void {
  refused += 1;
  if (reasons.size < MAX_REASONS) reasons.add(why);
}

function requestTemplate(): ReturnType<typeof toTemplate> {
  const body = jsonMessage(Number(values.size), 1, values.stream);
  const head = [
    'POST /email HTTP/1.1',
    `Host: ${values.host}:${values.port}`,
    'Content-Type: application/json',
    `X-Postmark-Server-Token: ${values.token}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    '',
  ].join('\r\n');
  return toTemplate(head + body);
}

function finish(): void {
  const report: HttpProbeReport = { dueAt: [...dueAt], answeredAt: [...answeredAt], refused, reasons: [...reasons] };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}
