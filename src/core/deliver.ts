// One attempt: a message, the recipients that share a site, and the way there. In goes the job, out comes one outcome
// per recipient. Signs, gives the return path, sends through the lane's egress, and classifies refusals. What an outcome
// leads to (requeue, bounce, suppression) is settle's business.
import { classifyReply } from '../domain/bounce/classify.ts';
import { bounceTypeInfo } from '../domain/bounce/types.ts';
import type { Message } from '../domain/message.ts';
import type { CapturedEnvelope } from '../domain/event.ts';
import type { Outcome, Phase, RemoteReply } from '../domain/outcome.ts';
import { testRecipient } from '../domain/test-address.ts';
import type { BoundedCache } from '../lib/bounded-cache.ts';
import type { MessageId } from '../lib/ids.ts';
import type { DkimSigner } from '../mail/dkim/sign.ts';
import { formatField } from '../mail/headers.ts';
import { encodeReturnPath, type ReturnPathKey } from '../mail/verp.ts';
import type { Egress, Site } from '../ports/egress.ts';

export interface DeliverDeps {
  readonly egress: Egress;
  /** True while the installation captures: everything goes into the built-in inbox, no DNS is asked. */
  readonly captures: boolean;
  /** The signature fields for a message, CRLF ended; empty where the domain has no key. */
  readonly sign: (message: Message, raw: Uint8Array) => Promise<string>;
  readonly returnPathKey: ReturnPathKey;
  readonly testDomains: readonly string[];
}

export interface Job {
  readonly message: Message;
  readonly raw: Uint8Array;
  /** Indexes into `message.recipients`: those that go in one transaction. */
  readonly recipients: readonly number[];
  readonly site: Site;
}

export interface Delivered {
  /** One per recipient of the job, in its order. */
  readonly outcomes: readonly Outcome[];
  readonly captured: CapturedEnvelope | undefined;
}

/** Outcomes that need no network (contract sending 10); undefined where the recipient is to be delivered for real. */
export function testOutcome(
  deps: Pick<DeliverDeps, 'testDomains'>,
  message: Message,
  recipient: number,
): Outcome | undefined {
  const address = message.recipients[recipient]?.address ?? '';
  const test = testRecipient(address, message.fakeBounce, deps.testDomains);
  const common = { peer: undefined, phase: 'route' } as const;
  if (test?.kind === 'bounce') {
    const reply = {
      code: 550,
      enhanced: '5.0.0',
      text: `This bounce of type ${test.type} was asked for by the test address`,
    };
    return { ...common, kind: 'bounced', reply, detail: reply.text, type: test.type };
  }
  if (test?.kind === 'blackhole') {
    return {
      ...common,
      kind: 'delivered',
      mode: 'blackhole',
      reply: { code: 250, enhanced: '2.0.0', text: 'dropped by the black hole' },
    };
  }
  if (message.testMode === 'sandbox') {
    return {
      ...common,
      kind: 'delivered',
      mode: 'sandbox',
      reply: { code: 250, enhanced: '2.0.0', text: 'accepted by the sandbox' },
    };
  }
  return undefined;
}

export async function deliver(deps: DeliverDeps, job: Job, signal: AbortSignal): Promise<Delivered> {
  const { message, raw } = job;
  const addresses = job.recipients.map((index) => message.recipients[index]?.address ?? '');
  const prefix = recipientField(job) + (await deps.sign(message, raw));
  const only = job.recipients.length === 1 ? job.recipients[0] : undefined;
  const mailFrom = `${encodeReturnPath({ uuid: message.id, recipient: only }, deps.returnPathKey)}@${message.returnPathDomain}`;
  const outcomes = await deps.egress.send(
    job.site,
    {
      mailFrom,
      recipients: addresses,
      smtpUtf8: message.smtpUtf8,
      ...(message.tls === 'required' && { requireTls: true }),
      content: [Buffer.from(prefix, 'utf8'), raw],
    },
    signal,
  );
  return {
    outcomes: outcomes.map((outcome) => classified(outcome, job)),
    captured: deps.captures ? { mailFrom, rcptTo: addresses, prefix } : undefined,
  };
}

/** X-PM-RCPT names the one recipient of this copy (contract sending 12.1); a copy for several has none, so none leaks. */
function recipientField(job: Job): string {
  const only = job.recipients.length === 1 ? job.message.recipients[job.recipients[0] ?? 0] : undefined;
  if (only === undefined) return '';
  const { accountId, serverId } = job.message;
  const text = `m${only.index}|${accountId}|${serverId}|${only.address}`;
  return formatField('X-PM-RCPT', `|${Buffer.from(text).toString('base64')}|`) ?? '';
}

/** The far side says 5xx; whether that is for good, and which kind of bounce it is, the rules say. */
function classified(outcome: Outcome, job: Job): Outcome {
  if (outcome.kind !== 'bounced') return outcome;
  const { type: _unclassified, ...attempted } = outcome;
  const { reply, phase, detail } = attempted;
  // Our own words speak of the recipient or the message, never of the sender, whatever the phase.
  const found = classifyReply(
    reply === undefined ? { reply: ownWords(detail), phase: 'rcpt', detail } : { reply, phase, detail },
  );
  if (!found.permanent) return { ...attempted, kind: 'deferred' };
  // A refusal of the content speaks to all recipients of the transaction: `no such user` there names nobody, and must
  // not suppress them all.
  const namesNobody =
    job.recipients.length > 1 && AFTER_RECIPIENTS.has(phase) && bounceTypeInfo(found.type).deactivates;
  return { ...outcome, type: namesNobody ? 'Unknown' : found.type };
}

/** What cannot be sent to this host at all is said by us in the form of a reply: `5.3.4 the message is larger than …`. */
function ownWords(detail: string): RemoteReply | undefined {
  const match = /^(5\.\d{1,3}\.\d{1,3}) (.*)$/s.exec(detail);
  return match === null ? undefined : { code: 554, enhanced: match[1], text: match[2] ?? '' };
}

const AFTER_RECIPIENTS: ReadonlySet<Phase> = new Set<Phase>(['data', 'body', 'final']);

export interface SignatureDeps {
  readonly signersOf: (message: Pick<Message, 'accountId' | 'signingDomain'>) => Promise<readonly DkimSigner[]>;
  readonly signMessage: (raw: Uint8Array, signers: readonly DkimSigner[]) => Promise<string>;
  /** Signatures of messages that go to several sites, so that each is computed once. */
  readonly cache: BoundedCache<MessageId, Promise<string>>;
}

export function createSign(deps: SignatureDeps): DeliverDeps['sign'] {
  const fresh = async (message: Message, raw: Uint8Array): Promise<string> => {
    const signers = await deps.signersOf(message);
    return signers.length === 0 ? '' : deps.signMessage(raw, signers);
  };
  return async (message, raw) => {
    if (message.recipients.length === 1) return fresh(message, raw);
    const known = deps.cache.get(message.id);
    if (known !== undefined) return known;
    const made = fresh(message, raw);
    deps.cache.set(message.id, made);
    made.catch(() => deps.cache.delete(message.id));
    return made;
  };
}
