// GET /message-streams/{id}/suppressions/dump, POST …/suppressions and POST …/suppressions/delete (contract sending 15).
//
// Promises: a dump is read page by page on the thread of searches and written as it is read, so that a list of millions holds
// neither memory nor the thread that accepts mail; results of changes are in the order of the request. Decided here: the
// dump is in order of address; `count` and `offset` are ignored; an entry without a text as address is no address.
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiAuth } from './auth.ts';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { withoutAbsent } from './messages.ts';
import { presentListed, presentSuppression } from './present-streams.ts';
import { readQuery } from './query.ts';
import { readByServer } from './read-by-server.ts';
import type { JsonReader } from './read-json.ts';
import { SuppressionsSchema } from './suppressions.schema.ts';
import { liftAddresses, listedAddress, suppressAddresses, type ListDeps } from '../../core/keep-suppressions.ts';
import { findStream, type StreamDeps } from '../../core/manage-streams.ts';
import type { ApiError } from '../../domain/api-error.ts';
import type { Stream } from '../../domain/stream.ts';
import { MAX_SUPPRESSIONS, SUPPRESSION_ERRORS } from '../../domain/suppression-errors.ts';
import { SUPPRESSION_ORIGINS, SUPPRESSION_REASONS } from '../../domain/suppression.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { SuppressionFilter, SuppressionPage, SuppressionReader } from '../../ports/suppression-lists.ts';

export interface SuppressionRouteDeps extends Omit<ListDeps, 'store'> {
  readonly auth: ApiAuth;
  readonly readJson: JsonReader;
  readonly eastern: EasternTime;
  readonly store: ListDeps['store'] & StreamDeps['store'];
  readonly lists: SuppressionReader;
}

interface ById {
  Params: { id: string };
}

export function suppressionRoutes(app: FastifyInstance, deps: SuppressionRouteDeps): void {
  app.get<ById>('/message-streams/:id/suppressions/dump', async (request, reply) => {
    const caller = await deps.auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const found = await findStream(deps, caller.serverId, request.params.id);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const read = readFilter(request, found.stream, deps.eastern);
    if ('error' in read) return refuse(reply, read.error);
    if (read.filter === undefined) return reply.send({ Suppressions: [] });
    // Where lists cannot be read at all the answer is still a refusal.
    const first = await deps.lists.suppressionPage(read.filter, '');
    void reply.type('application/json; charset=utf-8');
    return reply.send(Readable.from(dump(deps, read.filter, first), { highWaterMark: 1 }));
  });

  app.post<ById>('/message-streams/:id/suppressions', (request, reply) =>
    change(deps, { request, reply, apply: suppressAddresses, done: 'Suppressed' }),
  );

  app.post<ById>('/message-streams/:id/suppressions/delete', (request, reply) =>
    change(deps, { request, reply, apply: liftAddresses, done: 'Deleted' }),
  );
}

/** The JSON in pieces of a page each. */
async function* dump(
  { lists, eastern }: SuppressionRouteDeps,
  filter: SuppressionFilter,
  first: SuppressionPage,
): AsyncGenerator<string> {
  yield '{"Suppressions":[';
  let page = first;
  let separator = '';
  for (;;) {
    const rows = page.rows.map((row) => JSON.stringify(presentSuppression(row, eastern)));
    if (rows.length > 0) {
      yield separator + rows.join(',');
      separator = ',';
    }
    if (page.next === undefined) break;
    page = await lists.suppressionPage(filter, page.next);
  }
  yield ']}';
}

interface Change {
  readonly request: FastifyRequest<ById>;
  readonly reply: FastifyReply;
  readonly apply: typeof suppressAddresses;
  /** The status of a success. */
  readonly done: string;
}

async function change(deps: SuppressionRouteDeps, { request, reply, apply, done }: Change): Promise<FastifyReply> {
  const read = await readByServer(deps, request, SuppressionsSchema);
  if (read.kind === 'refused') return refuse(reply, bodyError(read.error));
  const found = await sendingStream(deps, read.serverId, request.params.id);
  if ('error' in found) return refuse(reply, found.error);
  const given = (read.value.Suppressions ?? []).map(({ EmailAddress = '' }) => EmailAddress);
  if (given.length === 0) return refuse(reply, SUPPRESSION_ERRORS.malformedBody('there are none.'));
  if (given.length > MAX_SUPPRESSIONS) return refuse(reply, SUPPRESSION_ERRORS.tooMany());
  const results = await apply(deps, { serverId: read.serverId, streamId: found.stream.id }, given);
  return reply.send({
    Suppressions: given.map((address, at) => presentListed(address, results[at] ?? 'invalid', done)),
  });
}

/** Malformed JSON and fields of a wrong type have a code of their own here. */
function bodyError(error: ApiError): ApiError {
  return error.code === 402 || error.code === 403 ? SUPPRESSION_ERRORS.malformedBody(error.message) : error;
}

async function sendingStream(
  deps: SuppressionRouteDeps,
  serverId: ServerId,
  id: string,
): Promise<{ readonly stream: Stream } | { readonly error: ApiError }> {
  const found = await findStream(deps, serverId, id);
  if (found.kind === 'refused') return found;
  return found.stream.kind === 'inbound' ? { error: SUPPRESSION_ERRORS.inbound(found.stream.id) } : found;
}

type FilterRead = { readonly filter: SuppressionFilter | undefined } | { readonly error: ApiError };

/** No filter where nothing can match: the address asked for is none. */
function readFilter(request: FastifyRequest, stream: Stream, eastern: EasternTime): FilterRead {
  const query = readQuery(request.query, eastern);
  const reason = query.choice('suppressionreason', SUPPRESSION_REASONS);
  if (query.problem !== undefined) return { error: SUPPRESSION_ERRORS.invalidReason() };
  const origin = query.choice('origin', SUPPRESSION_ORIGINS);
  if (query.problem !== undefined) return { error: SUPPRESSION_ERRORS.invalidOrigin() };
  const [from, to] = [query.time('fromdate', 'start'), query.time('todate', 'end')];
  if (query.problem !== undefined) return { error: SUPPRESSION_ERRORS.invalidDate(query.problem) };
  const wanted = query.text('emailaddress');
  const address = wanted === undefined ? undefined : listedAddress(wanted);
  if (wanted !== undefined && address === undefined) return { filter: undefined };
  return {
    filter: withoutAbsent({ serverId: stream.serverId, streamId: stream.id, reason, origin, from, to, address }),
  };
}
