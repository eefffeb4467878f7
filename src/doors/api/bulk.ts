// POST /email/bulk, GET /email/bulk and /email/bulk/{id} (contract sending 9), and POST /email/bulk/{id}/cancel, which is ours.
//
// Promises: all of a request is kept or nothing of it; an id that is unknown or another server's is 404 with code 12. The body
// goes to the desk in pieces as it came: nothing of its work is done on the thread that accepts single messages.
// Decided here: a request that is cancelled stays and can be asked for; cancelling it again changes nothing.
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal, type Answer } from './answer.ts';
import type { ApiAuth, ServerCaller } from './auth.ts';
import type { ApiLimits } from './deps.ts';
import { refuse } from './errors.ts';
import type { Once } from './idempotency.ts';
import { presentBulk, presentBulkList, presentFieldErrors } from './present-bulk.ts';
import type { PieceReader } from './read-body.ts';
import { BULK_ERRORS } from '../../domain/bulk-errors.ts';
import { parseMessageId } from '../../lib/ids.ts';
import type { BulkAnswer, BulkDesk } from '../../ports/bulk-desk.ts';

export interface BulkRouteDeps {
  readonly auth: ApiAuth;
  readonly readPieces: PieceReader;
  readonly once: Once;
  readonly bulk: BulkDesk;
  readonly limits: Pick<ApiLimits, 'batchBodyBytes'>;
}

interface OfRequest {
  Params: { id: string };
}

export function bulkRoutes(app: FastifyInstance, deps: BulkRouteDeps): void {
  const { auth, bulk, limits } = deps;

  app.post('/email/bulk', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const body = await deps.readPieces(request.raw, { limit: limits.batchBodyBytes, owner: caller.serverId });
    if (body.kind === 'refused') return refuse(reply, body.error);
    try {
      const server = caller.principal?.server;
      return await deps.once({ request, reply, caller, body: body.pieces }, async (idOf) =>
        answerOf(await bulk.accept({ server, id: idOf(0) ?? randomUUID(), body: body.pieces })),
      );
    } finally {
      body.release();
    }
  });

  app.get('/email/bulk', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    return list(deps, caller, { request, reply });
  });

  app.get<OfRequest>('/email/bulk/:id', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const id = parseMessageId(request.params.id);
    const found = id === undefined ? undefined : await bulk.find(caller.serverId, id);
    return found === undefined ? refuse(reply, BULK_ERRORS.notFound()) : reply.send(presentBulk(found));
  });

  app.post<OfRequest>('/email/bulk/:id/cancel', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const id = parseMessageId(request.params.id);
    const cancelled = id === undefined ? NOT_FOUND : await bulk.cancel(caller.serverId, id);
    switch (cancelled.kind) {
      case 'cancelled':
        return reply.send(presentBulk(cancelled.request));
      case 'finished':
        return refuse(reply, BULK_ERRORS.finished(cancelled.request.status));
      case 'not-found':
        return refuse(reply, BULK_ERRORS.notFound());
    }
  });
}

const NOT_FOUND = { kind: 'not-found' } as const;

function answerOf(answered: BulkAnswer): Answer {
  switch (answered.kind) {
    case 'accepted':
      return { kind: 'json', json: presentBulk(answered.request) };
    case 'refused':
      return refusal(answered.error);
    case 'invalid': {
      const { errors, more } = answered;
      return refusal(BULK_ERRORS.several(errors.length, more), presentFieldErrors(errors));
    }
  }
}

const MAX_COUNT = 500;
const USUAL_COUNT = 50;

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function list(
  { bulk }: BulkRouteDeps,
  caller: ServerCaller,
  { request, reply }: Exchange,
): Promise<FastifyReply> {
  const query = namesInLowerCase(request.query);
  const count = query.get('count');
  const wanted = count === undefined ? USUAL_COUNT : /^\d{1,4}$/.test(count) ? Number(count) : 0;
  if (wanted < 1 || wanted > MAX_COUNT) return refuse(reply, BULK_ERRORS.badCount(MAX_COUNT));
  const key = query.get('paginationkey');
  const before = key === undefined ? undefined : seqOf(key);
  if (key !== undefined && before === undefined) return refuse(reply, BULK_ERRORS.badPaginationKey());
  // One more tells whether there is a next page.
  const found = await bulk.list(caller.serverId, { count: wanted + 1, before });
  const page = found.slice(0, wanted);
  return reply.send(presentBulkList(page, found.length > wanted ? keyOf(page.at(-1)?.seq ?? 0) : undefined));
}

/** Absent and empty are the same; what is given twice means its last value. */
function namesInLowerCase(given: unknown): ReadonlyMap<string, string> {
  const entries = Object.entries((given ?? {}) as Readonly<Record<string, string | readonly string[]>>);
  return new Map(
    entries.flatMap(([name, value]) => {
      const text = (typeof value === 'string' ? value : (value.at(-1) ?? '')).trim();
      return text === '' ? [] : [[name.toLowerCase(), text] as const];
    }),
  );
}

/** Opaque to clients: the place in the order of acceptance, with a mark by which a key of ours is known. */
function keyOf(seq: number): string {
  return Buffer.from(`${KEY_MARK}${seq}`).toString('base64url');
}

function seqOf(key: string): number | undefined {
  if (key.length > LONGEST_KEY) return undefined;
  const text = Buffer.from(key, 'base64url').toString('latin1');
  const seq = /^\d{1,15}$/.test(text.slice(KEY_MARK.length)) ? Number(text.slice(KEY_MARK.length)) : undefined;
  return seq !== undefined && keyOf(seq) === key ? seq : undefined;
}

const KEY_MARK = 'bulk:';
const LONGEST_KEY = 64;
