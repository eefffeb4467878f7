// A small authoritative DNS server on loopback for tests: UDP and TCP on one free port, answers from a table.
//
// Names in the table are lower case without the final dot. CNAMEs are followed within the table, as a resolver does; a
// circle ends as SERVFAIL. Questions are counted, so that tests can see what a cache saved.
import dgram from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { TlsaRecord } from '../../src/mail/tls/tlsa.ts';
import packet, { type Answer, type DecodedPacket, type Question } from 'dns-packet';

export interface Zone {
  readonly MX?: readonly (readonly [preference: number, exchange: string])[];
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  /** Each with its character strings. */
  readonly TXT?: readonly (readonly string[])[];
  readonly CNAME?: string;
  readonly PTR?: readonly string[];
  readonly TLSA?: readonly TlsaRecord[];
  /** Answers say that they are authentic (AD), as a validating resolver's do. */
  readonly secure?: true;
  /** Seconds; 300 without it. */
  readonly ttl?: number;
}

/** What happens to questions for a name: its records, or one of the failures. A name not listed does not exist. */
export type Entry = Zone | 'servfail' | 'refused' | 'silence' | 'garbage';

export interface DnsServer {
  /** `127.0.0.1:port`, as configuration takes it. */
  readonly address: string;
  /** `TYPE name` of each question, in order. */
  readonly questions: string[];
  /** Changes an answer. */
  set(name: string, entry: Entry): void;
  close(): Promise<void>;
}

export async function startDnsServer(table: Readonly<Record<string, Entry>>): Promise<DnsServer> {
  const entries = new Map(Object.entries(table));
  const questions: string[] = [];
  const respond = (query: Buffer, overUdp: boolean): Buffer | undefined =>
    respondTo(query, { entries, questions, overUdp });
  const { udp, tcp, port } = await listen(respond);
  return {
    address: `127.0.0.1:${port}`,
    questions,
    set: (name, entry) => void entries.set(name, entry),
    close: async () => {
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ]);
    },
  };
}

type Respond = (query: Buffer, overUdp: boolean) => Buffer | undefined;

/** The port that UDP got may be taken for TCP: then another one is drawn. */
async function listen(respond: Respond): Promise<{ udp: dgram.Socket; tcp: Server; port: number }> {
  for (let tries = 0; tries < 20; tries += 1) {
    const udp = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    const { port } = udp.address();
    const tcp = createServer((socket) => answerStream(socket, respond));
    const free = await new Promise<boolean>((resolve) => {
      tcp.once('error', () => resolve(false));
      tcp.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (free) {
      udp.on('message', (query, from) => {
        const response = respond(query, true);
        if (response !== undefined) udp.send(response, from.port, from.address);
      });
      return { udp, tcp, port };
    }
    udp.close();
  }
  throw new Error('no port is free for both UDP and TCP');
}

/** Messages with a length of two bytes before each (RFC 1035 4.2.2). */
function answerStream(socket: Socket, respond: Respond): void {
  let held = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const length = held.readUInt16BE(0);
      const response = respond(held.subarray(2, 2 + length), false);
      held = held.subarray(2 + length);
      if (response === undefined) continue;
      const size = Buffer.alloc(2);
      size.writeUInt16BE(response.length);
      socket.write(Buffer.concat([size, response]));
    }
  });
}

interface Context {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly questions: string[];
  readonly overUdp: boolean;
}

function respondTo(query: Buffer, { entries, questions, overUdp }: Context): Buffer | undefined {
  const request = packet.decode(query);
  const question = request.questions?.[0];
  if (question === undefined) return undefined;
  const name = question.name.toLowerCase();
  questions.push(`${question.type} ${name}`);
  const found = lookUp(entries, name, question.type);
  if (found.kind === 'silence') return undefined;
  if (found.kind === 'garbage') return Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x80, 0xff, 0xff])]);
  const response = encode(request, question, found);
  return overUdp && response.length > MAX_UDP_BYTES
    ? encode(request, question, { ...found, truncated: true })
    : response;
}

interface Finding {
  readonly kind: 'answer' | 'silence' | 'garbage';
  readonly rcode: number;
  readonly answers: readonly Answer[];
  readonly truncated?: boolean;
  readonly authentic?: boolean;
}

function lookUp(entries: ReadonlyMap<string, Entry>, asked: string, type: string): Finding {
  const answers: Answer[] = [];
  const seen = new Set<string>();
  let authentic = true;
  for (let name = asked; ;) {
    const entry = entries.get(name);
    if (entry === undefined) return { kind: 'answer', rcode: NXDOMAIN, answers, authentic: false };
    if (entry === 'silence' || entry === 'garbage') return { kind: entry, rcode: 0, answers };
    if (entry === 'servfail' || seen.has(name)) return { kind: 'answer', rcode: SERVFAIL, answers: [] };
    if (entry === 'refused') return { kind: 'answer', rcode: REFUSED, answers: [] };
    seen.add(name);
    authentic &&= entry.secure === true;
    if (entry.CNAME === undefined || type === 'CNAME') {
      return { kind: 'answer', rcode: 0, answers: [...answers, ...records(name, type, entry)], authentic };
    }
    answers.push({ type: 'CNAME', name, ttl: entry.ttl ?? DEFAULT_TTL, data: entry.CNAME });
    name = entry.CNAME;
  }
}

function records(name: string, type: string, zone: Zone): Answer[] {
  const ttl = zone.ttl ?? DEFAULT_TTL;
  switch (type) {
    case 'MX':
      return (zone.MX ?? []).map(([preference, exchange]) => ({ type, name, ttl, data: { preference, exchange } }));
    case 'A':
      return (zone.A ?? []).map((data) => ({ type, name, ttl, data }));
    case 'AAAA':
      return (zone.AAAA ?? []).map((data) => ({ type, name, ttl, data }));
    case 'PTR':
      return (zone.PTR ?? []).map((data) => ({ type, name, ttl, data }));
    case 'TXT':
      return (zone.TXT ?? []).map((data) => ({ type, name, ttl, data: [...data] }));
    case 'TLSA':
      return (zone.TLSA ?? []).map(({ data, ...rest }) => ({
        type,
        name,
        ttl,
        data: { ...rest, certificate: Buffer.from(data) },
      }));
    case 'CNAME':
      return zone.CNAME === undefined ? [] : [{ type, name, ttl, data: zone.CNAME }];
    default:
      return [];
  }
}

function encode(request: DecodedPacket, question: Question, finding: Finding): Buffer {
  const { rcode, answers, truncated = false, authentic = false } = finding;
  const flags = (truncated ? packet.TRUNCATED_RESPONSE : 0) | (authentic ? packet.AUTHENTIC_DATA : 0);
  return packet.encode({
    type: 'response',
    ...(request.id !== undefined && { id: request.id }),
    flags: rcode | packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | flags,
    questions: [question],
    answers: truncated ? [] : [...answers],
  });
}

const MAX_UDP_BYTES = 512;
const DEFAULT_TTL = 300;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const REFUSED = 5;
