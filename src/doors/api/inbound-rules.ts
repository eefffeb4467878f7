// /triggers/inboundrules: who may not write to a server (contract management 10).
import type { FastifyInstance } from 'fastify';
import type { ApiAuth } from './auth.ts';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { InboundRuleSchema } from './inbound-rules.schema.ts';
import { readQuery } from './query.ts';
import type { JsonReader } from './read-json.ts';
import { readInboundRule, type InboundRule } from '../../domain/inbound-rule.ts';
import { INBOUND_RULE_ERRORS } from '../../domain/inbound-rule-errors.ts';
import { NameTaken, type ControlStore } from '../../ports/control-store.ts';

export interface InboundRuleRouteDeps {
  readonly auth: ApiAuth;
  readonly store: Pick<ControlStore, 'inboundRules'>;
  readonly readJson: JsonReader;
  readonly eastern: EasternTime;
}

/** Ours. */
const MAX_RULES = 10_000;

export function inboundRuleRoutes(app: FastifyInstance, deps: InboundRuleRouteDeps): void {
  const { auth, store, readJson, eastern } = deps;

  app.get('/triggers/inboundrules', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const query = readQuery(request.query, eastern);
    const { count, offset } = query.page();
    if (query.problem !== undefined) return refuse(reply, INBOUND_RULE_ERRORS.badList(query.problem));
    const rules = await store.inboundRules.list(caller.serverId);
    return reply.send({
      TotalCount: rules.length,
      InboundRules: rules.slice(offset, offset + count).map(presentRule),
    });
  });

  app.post('/triggers/inboundrules', async (request, reply) => {
    const caller = await auth.owner(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const read = await readJson(request, InboundRuleSchema, INBOUND_RULE_ERRORS.noData());
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { Rule = '' } = read.value;
    if (Rule.trim() === '') return refuse(reply, INBOUND_RULE_ERRORS.noData());
    const rule = readInboundRule(Rule);
    if (rule === undefined) return refuse(reply, INBOUND_RULE_ERRORS.notARule());
    if ((await store.inboundRules.list(caller.serverId)).length >= MAX_RULES) {
      return refuse(reply, INBOUND_RULE_ERRORS.tooMany(MAX_RULES));
    }
    try {
      return await reply.send(presentRule(await store.inboundRules.add(caller.serverId, rule)));
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
      return refuse(reply, INBOUND_RULE_ERRORS.exists(rule));
    }
  });

  // Tracking by tag is gone from Postmark, and old clients still ask for it (contract management 10).
  app.get('/triggers/tags', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const query = readQuery(request.query, eastern);
    query.page();
    if (query.problem !== undefined) return refuse(reply, INBOUND_RULE_ERRORS.badList(query.problem));
    return reply.send({ TotalCount: 0, Tags: [] });
  });

  app.delete<{ Params: { id: string } }>('/triggers/inboundrules/:id', async (request, reply) => {
    const caller = await auth.owner(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const { id } = request.params;
    const removed = /^\d{1,15}$/.test(id) ? await store.inboundRules.remove(caller.serverId, Number(id)) : undefined;
    if (removed === undefined) return refuse(reply, INBOUND_RULE_ERRORS.unknown());
    return reply.send({ ErrorCode: 0, Message: `Rule ${removed.rule} removed.` });
  });
}

function presentRule({ id, rule }: InboundRule) {
  return { ID: id, Rule: rule };
}
