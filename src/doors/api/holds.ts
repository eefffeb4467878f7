// GET, POST and DELETE /holds, GET /guards: which streams are paused and why, by hand too, and what the guards see. For
// account tokens. Ours, not Postmark's.
//
// Decided here: pausing what is paused changes nothing and answers with the hold that is there; resuming what is not paused
// is 404. Only streams of the account's own servers are seen.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ApiAuth } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { refuse } from './errors.ts';
import { missingFields, readByAccount } from './pools.ts';
import { presentGuard, presentHold, presentThresholds } from './present-guards.ts';
import type { JsonReader } from './read-json.ts';
import { holdsOf, pauseStream, resumeStream, type StreamOfAccount, type Unfit } from '../../core/hold-stream.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import type { Thresholds } from '../../domain/guard.ts';
import type { Hold } from '../../domain/hold.ts';
import type { AccountId, ServerId, StreamId } from '../../lib/ids.ts';
import type { GuardWatch } from '../../ports/guard-watch.ts';

export interface HoldRouteDeps extends Pick<ApiDeps, 'store' | 'clock'> {
  readonly auth: ApiAuth;
  readonly readJson: JsonReader;
  readonly guards: GuardWatch;
  readonly thresholds: Thresholds;
}

export const HoldSchema = Type.Object({
  ServerID: Type.Integer(),
  StreamID: Type.String(),
  Reason: Type.Optional(Type.String({ description: 'For people; 500 characters at most.' })),
});

interface OfStream {
  Params: { serverId: string; streamId: string };
}

export function holdRoutes(app: FastifyInstance, deps: HoldRouteDeps): void {
  const { auth } = deps;

  app.get('/holds', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    return reply.send({ Holds: (await holdsOf(deps, caller.accountId)).map(presentHold) });
  });

  app.post('/holds', async (request, reply) => {
    const read = await readByAccount(deps, request, HoldSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { ServerID, StreamID, Reason } = read.value;
    if (ServerID === undefined || !StreamID)
      return refuse(reply, missingFields({ ServerID, StreamID: StreamID || undefined }));
    const stream = { accountId: read.caller.accountId, serverId: ServerID as ServerId, streamId: StreamID as StreamId };
    const paused = await pauseStream(deps, stream, Reason?.trim().slice(0, LONGEST_REASON) || 'paused over the API');
    if (paused.kind !== 'held') return refuse(reply, unfitError(paused, stream));
    return reply.send(presentHold(paused.hold));
  });

  app.delete<OfStream>('/holds/:serverId/:streamId', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    return resume(deps, caller.accountId, { request, reply });
  });

  app.get('/guards', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const own = new Set((await deps.store.servers(caller.accountId)).map(({ id }) => id));
    const holds = await holdsOf(deps, caller.accountId);
    const streams = (await deps.guards.guards()).filter(({ serverId }) => own.has(serverId));
    const holdOf = (stream: Pick<Hold, 'serverId' | 'streamId'>): Hold | undefined =>
      holds.find((hold) => hold.serverId === stream.serverId && hold.streamId === stream.streamId);
    return reply.send({
      Thresholds: presentThresholds(deps.thresholds),
      Streams: streams.map((stream) => presentGuard(stream, holdOf(stream))),
    });
  });
}

interface Exchange {
  readonly request: FastifyRequest<OfStream>;
  readonly reply: FastifyReply;
}

async function resume(deps: HoldRouteDeps, accountId: AccountId, { request, reply }: Exchange): Promise<unknown> {
  const { serverId: number, streamId } = request.params;
  const serverId = (/^\d{1,15}$/.test(number) ? Number(number) : 0) as ServerId;
  const stream = { accountId, serverId, streamId: streamId as StreamId };
  const resumed = await resumeStream(deps, stream);
  switch (resumed.kind) {
    case 'resumed':
      return reply.send({
        ErrorCode: 0,
        Message: `The stream '${streamId}' is resumed: its queue flows within a second, and its guard counts anew.`,
      });
    case 'not-held':
      return refuse(reply, API_ERRORS.noSuchThing(`The stream '${streamId}' is not paused.`));
    case 'no-server':
    case 'no-stream':
    case 'inbound':
      return refuse(reply, unfitError(resumed, stream));
  }
}

const LONGEST_REASON = 500;

function unfitError({ kind }: Unfit, { serverId, streamId }: StreamOfAccount): ApiError {
  switch (kind) {
    case 'no-server':
      return API_ERRORS.noSuchThing(`There is no server ${serverId}.`);
    case 'no-stream':
      return API_ERRORS.noSuchThing(`The server ${serverId} has no stream '${streamId}'.`);
    case 'inbound':
      return API_ERRORS.cannotSend(streamId);
  }
}
