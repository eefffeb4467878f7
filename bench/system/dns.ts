// The DNS of the bench: says that each `sinkN.test` has one MX, `mx.sinkN.test`, at 127.0.0.1. Every other name under
// these domains and every other type has no data; anything else does not exist. UDP on loopback only.
import { createSocket } from 'node:dgram';
import { decode, encode, AUTHORITATIVE_ANSWER, RECURSION_AVAILABLE, type Answer, type Question } from 'dns-packet';
import { sinkDomain } from '../load/message.ts';
import type { Scope } from './scope.ts';

export interface BenchDns {
  readonly port: number;
  /** Questions so far: tells whether a peer keeps answers. */
  asked(): number;
}

const TTL_S = 300;
const NAME_ERROR = 3;

export async function startDns(scope: Scope, domains: number): Promise<BenchDns> {
  const known = new Set(Array.from({ length: domains }, (_, index) => sinkDomain(index)));
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (bytes, from) => {
    const query = decode(bytes);
    const question = query.questions?.[0];
    if (question === undefined) return;
    asked += 1;
    const exists = known.has(domainOf(question));
    const reply = encode({
      type: 'response',
      id: query.id ?? 0,
      flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | (exists ? 0 : NAME_ERROR),
      questions: [question],
      answers: exists ? answersTo(question) : [],
    });
    socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  scope.defer(() => new Promise<void>((resolve) => socket.close(resolve)));
  return { port: socket.address().port, asked: () => asked };
}

/** `sink0.test` of `_25._tcp.mx.sink0.test`. */
function domainOf(question: Question): string {
  return question.name.toLowerCase().split('.').slice(-2).join('.');
}

function answersTo(question: Question): Answer[] {
  const name = question.name;
  const host = name.toLowerCase();
  if (question.type === 'MX' && host === domainOf(question)) {
    return [{ type: 'MX', name, ttl: TTL_S, data: { preference: 10, exchange: `mx.${host}` } }];
  }
  if (question.type === 'A') return [{ type: 'A', name, ttl: TTL_S, data: '127.0.0.1' }];
  return [];
}
