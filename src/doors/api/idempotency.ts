// `Idempotency-Key` on requests that send: the same request made again within a day gets the same answer, and nothing is sent
// twice. Ours, not Postmark's; without the header nothing happens here.
//
// Promises: a key belongs to one request of one server; another body or path under it is refused with 409. A second request
// that comes while the first is worked on waits for it. Only what was accepted (200) is kept: a refusal has sent nothing, so
// its key is free. Where the answer was lost to a crash or a failure, the request is worked on again with the same ids of
// messages, which a lane keeps once.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendAnswer, type Answer } from './answer.ts';
import type { ServerCaller } from './auth.ts';
import { refuse } from './errors.ts';
import { fingerprintOf, type RequestBody } from './fingerprint.ts';
import type { Turns } from './turns.ts';
import { MAX_KEY_CHARS, REQUEST_ERRORS } from '../../domain/request-errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { derivedUuid } from '../../lib/derived-uuid.ts';
import { randomHex, type MessageId } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import type { AnswerKey, AnswerStore, Claim } from '../../ports/answer-store.ts';

export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: ServerCaller;
  /** As it came; must stay as it is until the work begins. */
  readonly body: RequestBody;
}

/** The id that a request's message (or what is made of the request) must have, by its place; undefined where any will do. */
export type IdOf = (place: number) => MessageId | undefined;

/** Does the work, or gives the answer that it had. */
export type Once = (exchange: Exchange, work: (idOf: IdOf) => Promise<Answer>) => Promise<FastifyReply>;

export interface OnceDeps {
  readonly answers: AnswerStore;
  readonly turns: Turns;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

const HEADER = 'idempotency-key';
const REPLAYED = 'Idempotent-Replayed';

export function createOnce(deps: OnceDeps): Once {
  const running = new Map<string, Running>();
  return async (exchange, work) => {
    const key = exchange.request.headers[HEADER];
    if (key === undefined || exchange.caller.principal === undefined) {
      return sendAnswer(exchange.reply, await work(anyId));
    }
    if (typeof key !== 'string' || !KEY.test(key)) return refuse(exchange.reply, REQUEST_ERRORS.invalidKey());
    const of = { serverId: exchange.caller.serverId, key };
    const fingerprint = await fingerprintOf(exchange.request, exchange.body, deps.turns);
    return inTurn(running, { deps, exchange, of, fingerprint }, work);
  };
}

const KEY = new RegExp(`^[\\x20-\\x7e]{1,${MAX_KEY_CHARS}}$`);
const anyId: IdOf = () => undefined;

interface Running {
  readonly fingerprint: string;
  readonly ended: Promise<void>;
}

interface Keyed {
  readonly deps: OnceDeps;
  readonly exchange: Exchange;
  readonly of: AnswerKey;
  readonly fingerprint: string;
}

type Work = Parameters<Once>[1];

/** One request of a key at a time; those that wait are held by the budget for bodies. */
async function inTurn(running: Map<string, Running>, keyed: Keyed, work: Work): Promise<FastifyReply> {
  const { of, fingerprint, exchange } = keyed;
  const name = `${of.serverId}\n${of.key}`;
  for (let other = running.get(name); other !== undefined; other = running.get(name)) {
    if (other.fingerprint !== fingerprint) return refuse(exchange.reply, REQUEST_ERRORS.keyInUse());
    await other.ended;
  }
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  running.set(name, { fingerprint, ended });
  try {
    return await replayOrWork(keyed, work);
  } finally {
    running.delete(name);
    resolve();
  }
}

async function replayOrWork({ deps, exchange, of, fingerprint }: Keyed, work: Work): Promise<FastifyReply> {
  const { reply } = exchange;
  const fresh = { fingerprint, at: deps.clock.now(), seed: randomHex(SEED_BYTES) };
  const claim = await deps.answers.claim(of, fresh);
  if (claim.fingerprint !== fingerprint) return refuse(reply, REQUEST_ERRORS.keyInUse());
  if (claim.answer !== undefined) {
    void reply.code(claim.answer.status).header(REPLAYED, 'true').type(JSON_TYPE);
    return reply.send(claim.answer.body);
  }
  const answer = await work(idsOf(claim));
  if (answer.kind === 'json') return keepAndSend({ deps, of, reply }, JSON.stringify(answer.json));
  // Of what failed inside nobody knows what it has done: the claim stays, and so do its ids.
  if (answer.error.status < FAILURES) await deps.answers.release(of);
  return sendAnswer(reply, answer);
}

const SEED_BYTES = 16;
const FAILURES = 500;
const JSON_TYPE = 'application/json; charset=utf-8';

function idsOf({ at, seed }: Claim): IdOf {
  return (place) => derivedUuid({ at, seed }, place) as MessageId;
}

interface ToKeep {
  readonly deps: OnceDeps;
  readonly of: AnswerKey;
  readonly reply: FastifyReply;
}

/** What was accepted is told, also where its answer cannot be kept. */
async function keepAndSend({ deps, of, reply }: ToKeep, body: string): Promise<FastifyReply> {
  try {
    await deps.answers.keep(of, { status: 200, body });
  } catch (error) {
    deps.log.error(
      { err: error, serverId: of.serverId },
      'the answer to a request with an Idempotency-Key is not kept',
    );
  }
  return reply.type(JSON_TYPE).send(body);
}
