// GET and POST /addresses, DELETE /addresses/{id}, POST /addresses/{id}/check, PUT /addresses/{id}/warm-up: an operator's
// hands on the addresses of pools, by account tokens. Ours, not Postmark's; rules and words are those of
// core/manage-addresses.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AccountCaller } from './auth.ts';
import { refuse } from './errors.ts';
import { missingFields, readByAccount, refuseByRule, type PoolRouteDeps } from './pools.ts';
import { presentAddress, presentAdded } from './present-pools.ts';
import {
  addAddress,
  checkAddress,
  listAddresses,
  removeAddress,
  setWarmUp,
  viewOf,
  type AddressDeps,
  type AddressRef,
  type AddressTools,
  type WantedWarmUp,
} from '../../core/manage-addresses.ts';
import type { ApiError } from '../../domain/api-error.ts';

export interface AddressRouteDeps extends PoolRouteDeps {
  readonly addresses: AddressTools;
}

interface ById {
  Params: { id: string };
}

export const WarmUpSchema = Type.Object({
  Plan: Type.Optional(Type.String({ description: 'Name of a plan; null or left out ends the warm-up.' })),
  Day: Type.Optional(Type.Integer({ description: 'Of the plan, that today is to be; 1 without it.' })),
});

export const AddressSchema = Type.Object({
  Address: Type.String({ description: 'IPv4 or IPv6 address of the machine, or `host`.' }),
  Pool: Type.String(),
  EHLO: Type.Optional(Type.String({ description: 'Host name; the name of the installation without it.' })),
  Shared: Type.Optional(Type.Boolean({ description: 'Other pools may have it too, if they say the same.' })),
  WarmUp: Type.Optional(WarmUpSchema),
});

export function addressRoutes(app: FastifyInstance, deps: AddressRouteDeps): void {
  const { auth, store, addresses, readJson } = deps;
  const of = ({ accountId }: AccountCaller): AddressDeps => ({ store, accountId, ...addresses });

  app.get<{ Querystring: Record<string, string | undefined> }>('/addresses', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const wanted = Object.entries(request.query).find(([name]) => name.toLowerCase() === 'pool')?.[1];
    const found = await listAddresses(of(caller), wanted);
    return reply.send({ TotalCount: found.length, Addresses: found.map(presentAddress) });
  });

  app.post('/addresses', async (request, reply) => {
    const read = await readByAccount({ auth, readJson }, request, AddressSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { Address, Pool, EHLO, Shared = false, WarmUp } = read.value;
    if (Address === undefined || Pool === undefined) return refuse(reply, missingFields({ Address, Pool }));
    const warmUp = readWarmUp(WarmUp);
    if (warmUp !== undefined && 'status' in warmUp) return refuse(reply, warmUp);
    const wanted = { ip: Address, pool: Pool, ehlo: EHLO || undefined, shared: Shared, warmUp };
    const added = await addAddress(of(read.caller), wanted);
    if (added.kind === 'refused') return refuseByRule(reply, added);
    return reply.send(presentAdded(viewOf(of(read.caller), added.address), added));
  });

  oneAddressRoutes(app, deps, of);
}

function oneAddressRoutes(
  app: FastifyInstance,
  { auth, readJson }: AddressRouteDeps,
  of: (caller: AccountCaller) => AddressDeps,
): void {
  app.delete<ById>('/addresses/:id', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const removed = await removeAddress(of(caller), referenceIn(request));
    if (removed.kind === 'refused') return refuseByRule(reply, removed);
    const { ip, pool } = removed.address;
    const message = `Nothing new leaves through ${ip}; it is out of the pool '${pool}' when attempts under way have ended.`;
    return reply.send({ ErrorCode: 0, Message: message, Remarks: removed.remarks });
  });

  app.post<ById>('/addresses/:id/check', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const found = await checkAddress(of(caller), referenceIn(request));
    if (found.kind === 'refused') return refuseByRule(reply, found);
    return reply.send(presentAddress(viewOf(of(caller), found.address)));
  });

  app.put<ById>('/addresses/:id/warm-up', async (request, reply) => {
    const read = await readByAccount({ auth, readJson }, request, WarmUpSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const wanted = readWarmUp(read.value);
    if (wanted !== undefined && 'status' in wanted) return refuse(reply, wanted);
    const set = await setWarmUp(of(read.caller), referenceIn(request), wanted);
    return 'kind' in set ? refuseByRule(reply, set) : reply.send(presentAddress(set));
  });
}

/** Undefined for none; a day without a plan says nothing and is refused. */
function readWarmUp(
  given: { readonly Plan?: string; readonly Day?: number } = {},
): WantedWarmUp | ApiError | undefined {
  const { Plan, Day } = given;
  if (Plan) return { plan: Plan, day: Day };
  return Day === undefined ? undefined : missingFields({ Plan: undefined });
}

/** A text that is no number is the number of no address. */
function referenceIn({ params }: FastifyRequest<ById>): AddressRef {
  return { id: /^\d{1,15}$/.test(params.id) ? Number(params.id) : -1 };
}
