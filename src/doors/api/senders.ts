// GET, POST /senders, GET, PUT, DELETE /senders/{id}, and what is done to one: resend, verifyspf, requestnewdkim (contract
// management 4). For account tokens; rules are those of core/manage-signatures. The page that confirms is confirm-sender.ts.
//
// Decided here: an id that is no number is no signature (501); `requestnewdkim` answers with the signature and, beside it,
// `ErrorCode` and `Message`, which serves clients of both shapes.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { numberIn, presentOptions, senderDeps, type SenderRouteDeps } from './domains.ts';
import { refuse } from './errors.ts';
import { readByAccount } from './pools.ts';
import { presentSignature, presentSignatureSummary } from './present-senders.ts';
import { readQuery } from './query.ts';
import { CreateSignatureSchema, EditSignatureSchema } from './senders.schema.ts';
import {
  createSignature,
  editSignature,
  findSignature,
  renewKeyOf,
  resendConfirmation,
  type SignatureFields,
  type SignatureResult,
} from '../../core/manage-signatures.ts';
import { SENDER_ERRORS } from '../../domain/sender-errors.ts';

interface ById {
  Params: { id: string };
}

export function senderRoutes(app: FastifyInstance, deps: SenderRouteDeps): void {
  const { auth, store } = deps;
  const core = senderDeps(deps);

  app.get('/senders', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const query = readQuery(request.query, deps.eastern);
    const page = query.page();
    if (query.problem !== undefined) return refuse(reply, SENDER_ERRORS.badPaging(query.problem));
    const { total, items } = await store.senders.signatures(caller.accountId, page);
    return reply.send({ TotalCount: total, SenderSignatures: items.map(presentSignatureSummary) });
  });

  app.post('/senders', async (request, reply) => {
    const read = await readByAccount(deps, request, CreateSignatureSchema, SENDER_ERRORS.noSignatureFields());
    if (read.kind === 'refused') return refuse(reply, read.error);
    const wanted = { address: read.value.FromEmail, ...fieldsOf(read.value) };
    return answer(deps, reply, await createSignature(core, read.caller.accountId, wanted));
  });

  app.put<ById>('/senders/:id', async (request, reply) => {
    const read = await readByAccount(deps, request, EditSignatureSchema, SENDER_ERRORS.noSignatureFields());
    if (read.kind === 'refused') return refuse(reply, read.error);
    const found = await findSignature(core, read.caller.accountId, numberIn(request));
    if (found.kind === 'refused') return refuse(reply, found.error);
    return answer(deps, reply, await editSignature(core, found.view.signature, fieldsOf(read.value)));
  });

  oneSignatureRoutes(app, deps);
}

function oneSignatureRoutes(app: FastifyInstance, deps: SenderRouteDeps): void {
  const core = senderDeps(deps);

  app.get<ById>('/senders/:id', async (request, reply) => answer(deps, reply, await signatureIn(deps, request)));

  app.delete<ById>('/senders/:id', async (request, reply) => {
    const found = await signatureIn(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const { id, address } = found.view.signature;
    await deps.store.senders.deleteSignature(id);
    return reply.send({ ErrorCode: 0, Message: `Signature ${address} removed.` });
  });

  app.post<ById>('/senders/:id/resend', async (request, reply) => {
    const found = await signatureIn(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const sent = await resendConfirmation(core, found.view.signature);
    if (sent.kind === 'refused') return refuse(reply, sent.error);
    const { address } = found.view.signature;
    const message = `Confirmation email for Sender Signature ${address} was re-sent.`;
    return reply.send({ ErrorCode: 0, Message: message });
  });

  app.post<ById>('/senders/:id/verifyspf', async (request, reply) =>
    answer(deps, reply, await signatureIn(deps, request)),
  );

  app.post<ById>('/senders/:id/requestnewdkim', async (request, reply) => {
    const found = await signatureIn(deps, request);
    const renewed = found.kind === 'refused' ? found : await renewKeyOf(core, found.view);
    if (renewed.kind === 'refused') return refuse(reply, renewed.error);
    const message = `A new DKIM key for ${renewed.view.signature.domain} waits for its record.`;
    return reply.send({
      ...presentSignature(renewed.view, presentOptions(deps)),
      ...{ ErrorCode: 0, Message: message },
    });
  });
}

interface Given {
  readonly Name?: string;
  readonly ReplyToEmail?: string;
  readonly ReturnPathDomain?: string;
  readonly ConfirmationPersonalNote?: string;
}

function fieldsOf({ Name, ReplyToEmail, ReturnPathDomain, ConfirmationPersonalNote }: Given): SignatureFields {
  return { name: Name, replyTo: ReplyToEmail, returnPathDomain: ReturnPathDomain, note: ConfirmationPersonalNote };
}

async function signatureIn(deps: SenderRouteDeps, request: FastifyRequest<ById>): Promise<SignatureResult> {
  const caller = await deps.auth.account(request);
  return caller.kind === 'refused' ? caller : findSignature(senderDeps(deps), caller.accountId, numberIn(request));
}

function answer(deps: SenderRouteDeps, reply: FastifyReply, result: SignatureResult): FastifyReply {
  if (result.kind === 'refused') return refuse(reply, result.error);
  return reply.send(presentSignature(result.view, presentOptions(deps)));
}
