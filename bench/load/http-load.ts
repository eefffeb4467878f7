// The HTTP load generator, a process of its own: POST /email, or /email/batch with `--batch 500`, over keep-alive
// connections on raw sockets. Requests are prebuilt; only the digits of the ids change. A message counts as accepted
// when its result says `"ErrorCode":0`. One JSON line at the end, in the shape of the SMTP load's; `--partial` as there.
//
//   node bench/load/http-load.ts --port 8025 --token TOKEN --messages 10000 [--connections 20] [--batch 0] [--size 4096]
//        [--domains 4] [--first-domain 0] [--domain-digits 1] [--stream outbound] [--first-id 0] [--deadline 300] [--partial]
import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { nowMicros, ownCpuMicros } from '../system/clock.ts';
import { responseReader } from './http-response.ts';
import { summarise } from './latency.ts';
import { domainOf, jsonMessage, toTemplate, writeDomain, writeId, type DomainRange, type Template } from './message.ts';
import type { LoadReport } from './smtp-load.ts';

const MAX_REASONS = 5;
const MAX_FAILURES = 1000;
const ACCEPTED = /"ErrorCode":\s*0\b/g;

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string' },
    token: { type: 'string', default: '' },
    messages: { type: 'string' },
    connections: { type: 'string', default: '20' },
    batch: { type: 'string', default: '0' },
    size: { type: 'string', default: '4096' },
    domains: { type: 'string', default: '4' },
    'first-domain': { type: 'string', default: '0' },
    'domain-digits': { type: 'string', default: '1' },
    stream: { type: 'string', default: 'outbound' },
    'first-id': { type: 'string', default: '0' },
    deadline: { type: 'string', default: '300' },
    partial: { type: 'boolean', default: false },
  },
});

const perRequest = Math.max(1, Number(values.batch));
const requests = Math.ceil(Number(values.messages) / perRequest);
const domains: DomainRange = {
  first: Number(values['first-domain']),
  count: Number(values.domains),
  digits: Number(values['domain-digits']),
};
const firstId = Number(values['first-id']);
const latencies = new Float64Array(requests);
const reasons = new Set<string>();
let handedOut = 0;
let answered = 0;
let accepted = 0;
let failed = 0;
let running = Math.min(Number(values.connections), requests);
let lastAt = 0;

const cpuAtStart = ownCpuMicros();
const startedAt = nowMicros();
setTimeout(() => finish(1), Number(values.deadline) * 1000).unref();
for (let connection = running; connection > 0; connection -= 1) runConnection();

function runConnection(): void {
  const request = buildRequest();
  let sentAt = 0;
  const socket = connect({ host: values.host, port: Number(values.port), noDelay: true });
  const reader = responseReader(
    (status, body) => {
      lastAt = nowMicros();
      latencies[answered++] = lastAt - sentAt;
      judge(status, body);
      sendNext();
    },
    (why) => socket.destroy(new Error(why)),
  );
  socket.on('connect', sendNext);
  socket.on('data', (bytes: Buffer) => reader.feed(bytes));
  socket.on('error', (error) => note(perRequest, error.message));
  socket.on('close', () => (--running === 0 ? finish(failed === 0 ? 0 : 1) : undefined));

  function sendNext(): void {
    if (handedOut >= requests || failed >= MAX_FAILURES) return void socket.end();
    stampRequest(request, firstId + handedOut * perRequest);
    handedOut += 1;
    sentAt = nowMicros();
    socket.write(request.bytes);
  }
}

function judge(status: number, body: Buffer): void {
  const text = body.toString('latin1');
  const good = status === 200 ? (text.match(ACCEPTED)?.length ?? 0) : 0;
  accepted += good;
  if (good < perRequest) note(perRequest - good, `${status} ${text.slice(0, 200)}`);
}

function note(messages: number, why: string): void {
  failed += messages;
  if (reasons.size < MAX_REASONS) reasons.add(why);
}

/** A whole request; in a batch each message has its own run of id places, in order. */
function buildRequest(): Template & { readonly perMessage: number } {
  const one = jsonMessage(Number(values.size), domains.digits, values.stream);
  const batch = Number(values.batch) > 0;
  const body = batch ? `[${Array.from({ length: perRequest }, () => one).join(',')}]` : one;
  const head = [
    `POST /email${batch ? '/batch' : ''} HTTP/1.1`,
    `Host: ${values.host}:${values.port}`,
    'Accept: application/json',
    'Content-Type: application/json',
    `X-Postmark-Server-Token: ${values.token}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    '',
  ].join('\r\n');
  const template = toTemplate(head + body);
  return { ...template, perMessage: template.idOffsets.length / perRequest };
}

function stampRequest(request: ReturnType<typeof buildRequest>, first: number): void {
  const { bytes, idOffsets, domainOffsets, perMessage } = request;
  for (const [place, offset] of idOffsets.entries()) writeId(bytes, offset, first + Math.floor(place / perMessage));
  for (const [place, offset] of domainOffsets.entries()) {
    writeDomain(request, offset, domainOf(first + place, domains));
  }
}

function finish(code: number): void {
  const cpu = ownCpuMicros() - cpuAtStart;
  const seconds = (lastAt - startedAt) / 1e6;
  const report: LoadReport = {
    accepted,
    failed,
    reasons: [...reasons],
    seconds,
    perSecond: seconds > 0 ? accepted / seconds : 0,
    cpuMicros: accepted > 0 ? cpu / accepted : 0,
    startedAt,
    latency: summarise(latencies.subarray(0, answered)),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(values.partial ? 0 : code));
}
