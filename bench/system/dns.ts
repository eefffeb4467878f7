// The DNS of the bench: says that each domain of its zone has one MX, `mx.<domain>`, at the address given there. Every
// other name under these domains and every other type has no data; anything else does not exist. Some domains can be
// lame: SERVFAIL, no answer at all, or one that comes late. UDP on loopback only.
import { createSocket } from 'node:dgram';
import { decode, encode, AUTHORITATIVE_ANSWER, RECURSION_AVAILABLE, type Answer, type Question } from 'dns-packet';
import { sinkDomain } from '../load/message.ts';
import type { Scope } from './scope.ts';

export interface BenchDns {
  readonly port: number;
  /** Questions so far: tells whether a peer keeps answers. */
  asked(): number;
}

export interface ZoneEntry {
  /** Of the MX host. */
  readonly address: string;
  readonly manner: 'answers' | 'servfail' | 'silent' | 'late';
}

/** By domain. */
export type Zone = ReadonlyMap<string, ZoneEntry>;

const TTL_S = 300;
const SERVER_FAILURE = 2;
const NAME_ERROR = 3;
export const LATE_MS = 5000;

/** `sink0.test` … all at 127.0.0.1. */
export function plainZone(domains: number): Zone {
  const entry: ZoneEntry = { address: '127.0.0.1', manner: 'answers' };
  return new Map(Array.from({ length: domains }, (_, index) => [sinkDomain(index), entry]));
}

export async function startDns(scope: Scope, zone: Zone, at = { host: '127.0.0.1', port: 0 }): Promise<BenchDns> {
  const socket = createSocket('udp4');
  const late = new Set<NodeJS.Timeout>();
  let asked = 0;
  socket.on('message', (bytes, from) => {
    const query = decode(bytes);
    const question = query.questions?.[0];
    if (question === undefined) return;
    asked += 1;
    const entry = zone.get(domainOf(question));
    if (entry?.manner === 'silent') return;
    const reply = encode({
      type: 'response',
      id: query.id ?? 0,
      flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | codeOf(entry),
      questions: [question],
      answers: entry === undefined || entry.manner === 'servfail' ? [] : answersTo(question, entry),
    });
    const send = (): void => socket.send(reply, from.port, from.address);
    if (entry?.manner !== 'late') return send();
    const timer = setTimeout(() => {
      late.delete(timer);
      send();
    }, LATE_MS);
    late.add(timer);
  });
  await new Promise<void>((resolve) => socket.bind(at.port, at.host, resolve));
  scope.defer(() => {
    for (const timer of late) clearTimeout(timer);
    return new Promise<void>((resolve) => socket.close(resolve));
  });
  return { port: socket.address().port, asked: () => asked };
}

function codeOf(entry: ZoneEntry | undefined): number {
  if (entry === undefined) return NAME_ERROR;
  return entry.manner === 'servfail' ? SERVER_FAILURE : 0;
}

/** `sink0.test` of `_25._tcp.mx.sink0.test`. */
function domainOf(question: Question): string {
  return question.name.toLowerCase().split('.').slice(-2).join('.');
}

function answersTo(question: Question, { address }: ZoneEntry): Answer[] {
  const name = question.name;
  const host = name.toLowerCase();
  if (question.type === 'MX' && host === domainOf(question)) {
    return [{ type: 'MX', name, ttl: TTL_S, data: { preference: 10, exchange: `mx.${host}` } }];
  }
  if (question.type === 'A') return [{ type: 'A', name, ttl: TTL_S, data: address }];
  return [];
}
