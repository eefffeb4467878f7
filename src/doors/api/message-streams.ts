// GET and POST /message-streams, GET and PATCH /message-streams/{id}, POST …/archive and …/unarchive (contract sending 13).
//
// Rules and refusals are core/manage-streams. Archiving and taking back ignore the body, because clients send none or `{}`.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { ApiAuth } from './auth.ts';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { CreateStreamSchema, EditStreamSchema } from './message-streams.schema.ts';
import { presentArchived, presentStream } from './present-streams.ts';
import { readQuery } from './query.ts';
import { readByServer, type ServerRefused } from './read-by-server.ts';
import type { Readable } from './read-fields.ts';
import type { JsonReader } from './read-json.ts';
import {
  archiveMessageStream,
  createMessageStream,
  editMessageStream,
  findStream,
  listStreams,
  unarchiveMessageStream,
  type StreamChoice,
  type StreamDeps,
  type StreamFields,
  type StreamResult,
} from '../../core/manage-streams.ts';
import { API_ERRORS } from '../../domain/api-error.ts';
import { STREAM_ERRORS } from '../../domain/stream-errors.ts';
import { kindNamed, STREAM_TYPE_NAMES } from '../../domain/stream-rules.ts';
import type { Stream } from '../../domain/stream.ts';
import type { ServerId } from '../../lib/ids.ts';

export interface StreamRouteDeps extends StreamDeps {
  readonly auth: ApiAuth;
  readonly readJson: JsonReader;
  readonly eastern: EasternTime;
}

interface ById {
  Params: { id: string };
}

export function messageStreamRoutes(app: FastifyInstance, deps: StreamRouteDeps): void {
  const { auth, eastern } = deps;

  app.get('/message-streams', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const choice = readChoice(request, eastern);
    if ('error' in choice) return refuse(reply, choice.error);
    const streams = await listStreams(deps, caller.serverId, choice);
    return reply.send({
      MessageStreams: streams.map((stream) => presentStream(stream, eastern)),
      TotalCount: streams.length,
    });
  });

  app.get<ById>('/message-streams/:id', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    return answer(reply, await findStream(deps, caller.serverId, request.params.id), whole(eastern));
  });

  app.post('/message-streams', async (request, reply) => {
    const read = await readByServer(deps, request, CreateStreamSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { ID: id, MessageStreamType: type } = read.value;
    const made = await createMessageStream(deps, read.serverId, { ...fieldsOf(read.value), id, type });
    return answer(reply, made, whole(eastern));
  });

  app.patch<ById>('/message-streams/:id', async (request, reply) => {
    const read = await readByServer(deps, request, EditStreamSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const of = { serverId: read.serverId, id: request.params.id };
    return answer(reply, await editMessageStream(deps, of, fieldsOf(read.value)), whole(eastern));
  });

  app.post<ById>('/message-streams/:id/archive', async (request, reply) => {
    const archived = await ofServer(deps, request, archiveMessageStream);
    return answer(reply, archived, (stream) => presentArchived(stream, eastern));
  });

  app.post<ById>('/message-streams/:id/unarchive', async (request, reply) =>
    answer(reply, await ofServer(deps, request, unarchiveMessageStream), whole(eastern)),
  );
}

type Change = (deps: StreamDeps, serverId: ServerId, id: string) => Promise<StreamResult>;

async function ofServer(
  deps: StreamRouteDeps,
  request: FastifyRequest<ById>,
  change: Change,
): Promise<StreamResult | ServerRefused> {
  const caller = await deps.auth.owner(request);
  return caller.kind === 'refused' ? caller : change(deps, caller.serverId, request.params.id);
}

function whole(eastern: EasternTime): (stream: Stream) => unknown {
  return (stream) => presentStream(stream, eastern);
}

function answer(reply: FastifyReply, result: StreamResult, present: (stream: Stream) => unknown): FastifyReply {
  return result.kind === 'refused' ? refuse(reply, result.error) : reply.send(present(result.stream));
}

function fieldsOf(value: Readable<Static<typeof EditStreamSchema>>): StreamFields {
  return {
    name: value.Name,
    description: value.Description,
    unsubscribeHandling: value.SubscriptionManagementConfiguration?.UnsubscribeHandlingType,
  };
}

function readChoice(request: FastifyRequest, eastern: EasternTime) {
  const query = readQuery(request.query, eastern);
  const type = query.text('messagestreamtype');
  const kind = kindNamed(type);
  if (type !== undefined && type.toLowerCase() !== 'all' && kind === undefined) {
    const names = ['All', ...Object.values(STREAM_TYPE_NAMES)].join(', ');
    return { error: STREAM_ERRORS.invalidType(`it must be one of ${names}.`) };
  }
  const choice: StreamChoice = { kind, archivedToo: query.flag('includearchivedstreams') ?? false };
  return query.problem === undefined ? choice : { error: API_ERRORS.invalidFields(['IncludeArchivedStreams']) };
}
