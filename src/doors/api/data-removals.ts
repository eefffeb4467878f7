// POST /data-removals and GET /data-removals/{id} (contract management 11.1): erasing what is known of a recipient, for account
// tokens. Off unless the operator turns it on: then 1302 for everybody who has a valid token.
//
// Decided here: a field of a wrong type, and a body that is none, is 1300 like a missing one; an id that is missing, no number,
// or another account's is 1301.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiAuth } from './auth.ts';
import { DataRemovalSchema } from './data-removals.schema.ts';
import { refuse } from './errors.ts';
import type { JsonReader } from './read-json.ts';
import { requestRemoval } from '../../core/request-removal.ts';
import type { ApiError } from '../../domain/api-error.ts';
import { REMOVAL_ERRORS } from '../../domain/removal-errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { RemovalState } from '../../ports/removal-store.ts';

export interface DataRemovalDeps {
  readonly auth: ApiAuth;
  readonly store: Pick<ControlStore, 'servers' | 'removals'>;
  readonly readJson: JsonReader;
  readonly hashErased?: (address: string) => string;
  readonly clock: Pick<Clock, 'now'>;
}

interface ById {
  Params: { id: string };
}

export function dataRemovalRoutes(app: FastifyInstance, deps: DataRemovalDeps): void {
  const { store, readJson, clock } = deps;

  app.post('/data-removals', async (request, reply) => {
    const caller = await permitted(deps, request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const read = await readJson(request, DataRemovalSchema);
    if (read.kind === 'refused') return refuse(reply, asInvalid(read.error));
    const { RequestedBy, RequestedFor, NotifyWhenCompleted = false } = read.value;
    const asked = { requestedBy: RequestedBy, requestedFor: RequestedFor, notify: NotifyWhenCompleted };
    const done = await requestRemoval(
      { store, hashAddress: caller.hashErased, now: () => clock.now() },
      { accountId: caller.accountId, ...asked },
    );
    return done.kind === 'refused' ? refuse(reply, done.error) : reply.send(presentRemoval(done.state));
  });

  const show = async (request: FastifyRequest, reply: FastifyReply, id: string): Promise<FastifyReply> => {
    const caller = await permitted(deps, request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const number = /^\d{1,15}$/.test(id) ? Number(id) : 0;
    const state = await store.removals.removal(caller.accountId, number);
    return state === undefined ? refuse(reply, REMOVAL_ERRORS.unknown()) : reply.send(presentRemoval(state));
  };
  app.get('/data-removals', (request, reply) => show(request, reply, ''));
  app.get<ById>('/data-removals/:id', (request, reply) => show(request, reply, request.params.id));
}

async function permitted({ auth, hashErased }: DataRemovalDeps, request: FastifyRequest) {
  const caller = await auth.account(request);
  if (caller.kind === 'refused') return caller;
  if (hashErased === undefined) return { kind: 'refused', error: REMOVAL_ERRORS.notPermitted() } as const;
  return { ...caller, hashErased };
}

/** What is wrong with the content; how it came (its type, its size) is refused as everywhere. */
function asInvalid(error: ApiError): ApiError {
  return CONTENT_CODES.includes(error.code) ? REMOVAL_ERRORS.invalid(error.message) : error;
}

/** Malformed JSON, and fields of a wrong type. */
const CONTENT_CODES: readonly number[] = [402, 403];

function presentRemoval({ id, isDone }: RemovalState): Readonly<Record<string, unknown>> {
  return { ID: id, Status: isDone ? 'Done' : 'Pending' };
}
