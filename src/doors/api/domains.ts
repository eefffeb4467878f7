// GET, POST /domains, GET, PUT, DELETE /domains/{id}, and what is done to one: verifyDkim, verifyReturnPath, verifyspf, rotatedkim,
// verifyCustomTracking (contract management 3). For account tokens; rules are those of core/manage-domains.
//
// Promises: looking at DNS never fails for what DNS says: the answer is the domain, and its `Problems` say what is wrong.
// Decided here: an id that is no number is no domain (510).
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CreateDomainSchema, EditDomainSchema } from './domains.schema.ts';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { readByAccount, type PoolRouteDeps } from './pools.ts';
import {
  presentDomain,
  presentDomainSummary,
  presentRenewed,
  presentSpf,
  type PresentOptions,
} from './present-senders.ts';
import { readQuery } from './query.ts';
import {
  addDomain,
  findDomain,
  renewKey,
  setReturnPath,
  viewOf,
  type DomainResult,
  type DomainView,
} from '../../core/manage-domains.ts';
import type { SenderTools, SignatureDeps } from '../../core/manage-signatures.ts';
import { verifyDkim, verifyReturnPath, type VerifyDeps } from '../../core/verify-domain.ts';
import { SENDER_ERRORS } from '../../domain/sender-errors.ts';
import type { Clock } from '../../lib/clock.ts';

export interface SenderRouteDeps extends PoolRouteDeps {
  readonly senders: SenderTools;
  readonly eastern: EasternTime;
  readonly clock: Clock;
}

interface ById {
  Params: { id: string };
}

export function domainRoutes(app: FastifyInstance, deps: SenderRouteDeps): void {
  const { auth, store } = deps;
  const core = senderDeps(deps);

  app.get('/domains', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const query = readQuery(request.query, deps.eastern);
    const page = query.page();
    if (query.problem !== undefined) return refuse(reply, SENDER_ERRORS.badPaging(query.problem));
    const { total, items } = await store.senders.domains(caller.accountId, page);
    const views = await Promise.all(items.map((domain) => viewOf(store, domain)));
    return reply.send({ TotalCount: total, Domains: views.map(presentDomainSummary) });
  });

  app.post('/domains', async (request, reply) => {
    const read = await readByAccount(deps, request, CreateDomainSchema, SENDER_ERRORS.domainNameMissing());
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { Name, ReturnPathDomain } = read.value;
    const wanted = { name: Name, returnPathDomain: ReturnPathDomain ?? undefined };
    return answer(deps, reply, await addDomain(core, read.caller.accountId, wanted));
  });

  app.put<ById>('/domains/:id', async (request, reply) => {
    const read = await readByAccount(deps, request, EditDomainSchema, SENDER_ERRORS.noDomainFields());
    if (read.kind === 'refused') return refuse(reply, read.error);
    const found = await findDomain(core, read.caller.accountId, numberIn(request));
    if (found.kind === 'refused') return refuse(reply, found.error);
    const wanted = read.value.ReturnPathDomain ?? null;
    return answer(deps, reply, await setReturnPath(core, found.view.domain, wanted));
  });

  oneDomainRoutes(app, deps);
  checkRoutes(app, deps);
}

function oneDomainRoutes(app: FastifyInstance, deps: SenderRouteDeps): void {
  const core = senderDeps(deps);

  app.get<ById>('/domains/:id', async (request, reply) => answer(deps, reply, await domainIn(deps, request)));

  app.delete<ById>('/domains/:id', async (request, reply) => {
    const found = await domainIn(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    await deps.store.senders.deleteDomain(found.view.domain.id);
    return reply.send({ ErrorCode: 0, Message: `Domain ${found.view.domain.name} removed.` });
  });

  app.post<ById>('/domains/:id/rotatedkim', async (request, reply) => {
    const found = await domainIn(deps, request);
    const renewed = found.kind === 'refused' ? found : await renewKey(core, found.view);
    if (renewed.kind === 'refused') return refuse(reply, renewed.error);
    return reply.send(presentRenewed(renewed.view, presentOptions(deps)));
  });
}

function checkRoutes(app: FastifyInstance, deps: SenderRouteDeps): void {
  const core = senderDeps(deps);
  const checks: readonly (readonly [path: string, check: (view: DomainView) => Promise<DomainView>])[] = [
    ['verifyDkim', ({ domain }) => verifyDkim(core, domain)],
    ['verifyReturnPath', ({ domain }) => verifyReturnPath(core, domain)],
  ];
  for (const [path, check] of checks) {
    app.put<ById>(`/domains/:id/${path}`, async (request, reply) => {
      const found = await domainIn(deps, request);
      if (found.kind === 'refused') return refuse(reply, found.error);
      return reply.send(presentDomain(await check(found.view), presentOptions(deps)));
    });
  }

  app.post<ById>('/domains/:id/verifyspf', async (request, reply) => {
    const found = await domainIn(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    return reply.send(presentSpf(found.view.domain, presentOptions(deps)));
  });

  app.put<ById>('/domains/:id/verifyCustomTracking', async (request, reply) => {
    const found = await domainIn(deps, request);
    return refuse(reply, found.kind === 'refused' ? found.error : SENDER_ERRORS.noCustomTracking());
  });
}

export function senderDeps({ store, clock, senders }: SenderRouteDeps): VerifyDeps & SignatureDeps {
  return { store, clock, ...senders };
}

export function presentOptions({ clock, senders }: SenderRouteDeps): PresentOptions {
  return { returnPathTarget: senders.rules.returnPathTarget, now: clock.now() };
}

/** A text that is no number is the number of nothing. */
export function numberIn({ params }: FastifyRequest<ById>): number {
  return /^\d{1,15}$/.test(params.id) ? Number(params.id) : -1;
}

async function domainIn(deps: SenderRouteDeps, request: FastifyRequest<ById>): Promise<DomainResult> {
  const caller = await deps.auth.account(request);
  return caller.kind === 'refused' ? caller : findDomain(senderDeps(deps), caller.accountId, numberIn(request));
}

function answer(deps: SenderRouteDeps, reply: FastifyReply, result: DomainResult): FastifyReply {
  if (result.kind === 'refused') return refuse(reply, result.error);
  return reply.send(presentDomain(result.view, presentOptions(deps)));
}
