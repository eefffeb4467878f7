// Questions to DNS servers (RFC 1035): UDP, then TCP where the answer did not fit, one server after the other.
//
//   1. over UDP (dns-udp.ts), with a random id; a reply that does not fit the question is passed over and waited on
//   2. truncated: the same question over TCP to the same server
//   3. no reply in time, or one that only says that this server cannot: the next server; then all again, with more patience
// Promises: ends within the deadline and the wait for its turn, which is no longer; a bounded number of questions is asked for
// the first time at a time, so that a burst does not drown the servers; one without a reply gives up its turn and waits
// beside, so that lame domains do not hold up the others. EDNS (RFC 6891) with room for 1,232 bytes; asks for a validated
// answer (AD, RFC 6840 5.7; DO, RFC 4035 3.2.1) where the servers are trusted to validate.
// Leaves to others: caches, aliases, what an answer means.
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import packet, { type Answer, type RecordType } from 'dns-packet';
import type { Clock } from '../../lib/clock.ts';
import { createSemaphore } from '../../lib/semaphore.ts';
import { UdpSockets, type UdpFailure } from './dns-udp.ts';

export interface DnsServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface DnsClientOptions {
  /** Asked in order; one at least. */
  readonly servers: readonly DnsServerAddress[];
  /** Milliseconds for a question in all. */
  readonly timeoutMs: number;
  /** The servers validate, and the way to them is safe: what they call authentic is. */
  readonly trustsServers: boolean;
  readonly maxOpen?: number;
  readonly clock: Clock;
}

export type DnsReply =
  | {
      readonly kind: 'reply';
      readonly rcode: number;
      readonly answers: readonly Answer[];
      /** Validated by DNSSEC, by the word of a server that is trusted. */
      readonly authentic: boolean;
    }
  | { readonly kind: 'failed'; readonly reason: string };

export interface DnsClient {
  ask(name: string, type: RecordType): Promise<DnsReply>;
  /** Open questions end as failed. */
  close(): void;
}

export function createDnsClient(options: DnsClientOptions): DnsClient {
  const { servers, timeoutMs, maxOpen = MAX_OPEN, clock } = options;
  const turns = createSemaphore({ permits: MAX_FRESH, maxWaiters: maxOpen }, clock);
  const udp = new UdpSockets(MAX_SOCKETS, clock);
  let open = 0;
  const closing = new AbortController();
  /** Servers that fell silent, until when they are asked last. */
  const silent = new Map<DnsServerAddress, number>();

  async function ask(name: string, type: RecordType): Promise<DnsReply> {
    if (open >= maxOpen) return failed('too many DNS questions wait for an answer');
    open += 1;
    try {
      const turn = await turns.acquire({ timeoutMs, signal: closing.signal });
      if (turn.kind === 'aborted') return GIVEN_UP;
      if (turn.kind !== 'acquired') return failed('too many DNS questions wait for an answer');
      return await askInRounds({ name, type }, turn.release).finally(turn.release);
    } finally {
      open -= 1;
    }
  }

  async function askInRounds(question: Question, endTurn: () => void): Promise<DnsReply> {
    let last: DnsReply = failed('the DNS server did not answer in time');
    for (const part of ROUNDS) {
      last = await askAll(question, timeoutMs * part);
      // Who answered, answers the same again.
      if (last.kind === 'reply' || closing.signal.aborted) return last;
      endTurn();
    }
    return last;
  }

  /** Each server once; the first reply that helps, else the last one. */
  async function askAll(question: Question, ms: number): Promise<DnsReply> {
    let last: DnsReply | undefined;
    for (const server of inOrder()) {
      // Not all of a burst at the same moment again.
      const patience = Math.max((ms / servers.length) * (1 - Math.random() * JITTER), 1);
      const reply = await exchange(question, { ...options, udp, server, ms: patience, signal: closing.signal });
      if (closing.signal.aborted) return GIVEN_UP;
      if (reply.kind === 'reply') {
        silent.delete(server);
        if (reply.rcode === NOERROR || reply.rcode === NXDOMAIN) return reply;
      } else silent.set(server, clock.now() + SILENT_MS);
      if (reply.kind === 'reply' || last === undefined) last = reply;
    }
    return last ?? TIMED_OUT;
  }

  function inOrder(): readonly DnsServerAddress[] {
    if (silent.size === 0) return servers;
    const now = clock.now();
    const late = servers.filter((server) => (silent.get(server) ?? 0) > now);
    return [...servers.filter((server) => !late.includes(server)), ...late];
  }

  return { ask, close: () => closing.abort() };
}

interface Question {
  readonly name: string;
  readonly type: RecordType;
}

interface Exchange {
  readonly server: DnsServerAddress;
  readonly ms: number;
  readonly trustsServers: boolean;
  readonly udp: UdpSockets;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function exchange(question: Question, terms: Exchange): Promise<DnsReply> {
  const { server, ms, udp, signal, trustsServers } = terms;
  const encode = (id: number): Buffer => queryFor(question, id, trustsServers);
  const read = (message: Buffer, id: number): DnsReply | 'truncated' | undefined => {
    const reply = readReply(message, { id, question, trusted: trustsServers });
    return reply === 'alien' ? undefined : reply;
  };
  const reply = await udp.ask({ server, encode, read, ms, signal });
  if (reply === 'truncated') {
    const id = randomInt(MAX_ID);
    return askOverTcp(encode(id), { id, question, trusted: trustsServers }, terms);
  }
  return typeof reply === 'string' ? UDP_FAILURES[reply] : reply;
}

function queryFor({ name, type }: Question, id: number, wantsProof: boolean): Buffer {
  return packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED | (wantsProof ? packet.AUTHENTIC_DATA : 0),
    questions: [{ name, type, class: 'IN' }],
    additionals: [edns(wantsProof)],
  });
}

function edns(wantsProof: boolean): packet.OptAnswer {
  const flags = wantsProof ? packet.DNSSEC_OK : 0;
  const version = { udpPayloadSize: UDP_BYTES, extendedRcode: 0, ednsVersion: 0 };
  return { type: 'OPT', name: '.', ...version, flags, flag_do: wantsProof, options: [] };
}

interface Reader {
  readonly id: number;
  readonly question: Question;
  readonly trusted: boolean;
}

type Read = DnsReply | 'truncated' | 'alien';

/** Messages have their length before them (RFC 1035 4.2.2). */
function askOverTcp(query: Buffer, reader: Reader, terms: Exchange): Promise<DnsReply> {
  const { server, ms, clock, signal } = terms;
  return new Promise((resolve) => {
    const socket = connect({ host: server.host, port: server.port });
    let held = Buffer.alloc(0);
    const end = (result: DnsReply): void => {
      cancel();
      signal.removeEventListener('abort', stop);
      socket.removeAllListeners().on('error', ignore).destroy();
      resolve(result);
    };
    const stop = (): void => end(GIVEN_UP);
    const cancel = clock.after(ms, () => end(TIMED_OUT));
    signal.addEventListener('abort', stop, { once: true });
    socket.on('error', () => end(UNREACHABLE)).on('close', () => end(UNREACHABLE));
    socket.once('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
      const read = readReply(held.subarray(2, 2 + held.readUInt16BE(0)), reader);
      end(typeof read === 'string' ? BROKEN : read);
    });
  });
}

/** `alien`: no reply to this question, or somebody's guess. */
function readReply(message: Buffer, { id, question, trusted }: Reader): Read {
  if (message.length < HEADER_BYTES || message.readUInt16BE(0) !== id) return 'alien';
  try {
    const reply = packet.decode(message);
    const asked = reply.questions?.[0];
    if (!reply.flag_qr) return 'alien';
    if (asked?.type !== question.type || asked.name.toLowerCase() !== question.name.toLowerCase()) return 'alien';
    if (reply.flag_tc) return 'truncated';
    const rcode = message.readUInt16BE(2) & RCODE_MASK;
    return { kind: 'reply', rcode, answers: reply.answers ?? [], authentic: trusted && reply.flag_ad };
  } catch {
    return BROKEN;
  }
}

function failed(reason: string): DnsReply {
  return { kind: 'failed', reason };
}

function ignore(): void {
  // The socket is done with.
}

const GIVEN_UP = failed('the look-up was given up');
const TIMED_OUT = failed('the DNS server did not answer in time');
const UNREACHABLE = failed('the DNS server cannot be reached');
const BROKEN = failed('the DNS server sent a broken answer');
const UDP_FAILURES: Readonly<Record<UdpFailure, DnsReply>> = {
  timeout: TIMED_OUT,
  unreachable: UNREACHABLE,
  aborted: GIVEN_UP,
};
/** Of the deadline. */
const ROUNDS = [0.1, 0.2, 0.3, 0.4];
const JITTER = 0.2;
const SILENT_MS = 30_000;
const MAX_FRESH = 256;
const MAX_OPEN = 20_000;
const MAX_SOCKETS = 64;
const MAX_ID = 65_536;
const HEADER_BYTES = 12;
const RCODE_MASK = 0xf;
const NOERROR = 0;
const NXDOMAIN = 3;
/** Fits one datagram without fragments on any usual path. */
const UDP_BYTES = 1232;
