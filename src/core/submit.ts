// The only way in. Judges a draft by the contract's order (sending 6.6), composes it once, stamps its lane, and hands it
// to that lane; it says `accepted` only after the lane's commit. What is refused over SMTP is recorded as an event, so
// that a refusal can be read later by who did not read the dialogue (contract sending 11.6).
import type { Draft, Principal, SubmitOptions, SubmitResult } from './draft.ts';
import type { ComposeContext } from './compose-message.ts';
import { judgeContent } from './judge-content.ts';
import { judgeRaw } from './judge-raw.ts';
import { readSource, type ReadSource } from './read-source.ts';
import { judgeSender, type Sender, type SenderLookUp } from './judge-sender.ts';
import { recordRefusal } from './record-refusal.ts';
import type { WayOut } from './unsubscribe-content.ts';
import type { UnsubscribeId } from './unsubscribe-link.ts';
import {
  chooseStream,
  refuse,
  type Judged,
  type JudgedRecipient,
  type SendingStream,
  type StreamStore,
  type Verdict,
} from './judge.ts';
import { API_ERRORS, type ApiError } from '../domain/api-error.ts';
import type { Message, Recipient } from '../domain/message.ts';
import type { Lane, LaneVerdict } from '../domain/pool.ts';
import type { SenderSignature } from '../domain/sender.ts';
import type { TokenLimits } from '../domain/token-limits.ts';
import type { Clock } from '../lib/clock.ts';
import { newMessageId, type LaneId, type MessageId, type StreamId } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import { formatMailboxAsText, type Mailbox } from '../mail/address.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { EventLog } from '../ports/event-log.ts';
import { QueueUnavailable, type LaneDoor } from '../ports/lane-queue.ts';

export type SubmitStore = StreamStore & Pick<ControlStore, 'suppressed'> & { readonly senders: SenderLookUp };

export interface SubmitDeps {
  readonly store: SubmitStore;
  /** The lane of a stream's mail, among those that run. */
  readonly laneOf: (stream: SendingStream) => LaneVerdict | Promise<LaneVerdict>;
  readonly lane: (id: LaneId) => LaneDoor;
  /** Events outside lanes. */
  readonly frontLog: Pick<EventLog, 'append'>;
  /** A transactional message that was handed over by itself. */
  readonly onUrgent?: () => void;
  /** The link by which a recipient leaves the stream; undefined where nobody serves such links. */
  readonly unsubscribeUrl?: (id: UnsubscribeId) => string;
  readonly hostname: string;
  /** Where bounces come back to for domains without a return path of their own. */
  readonly returnPathDomain: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** `principal` is undefined for the test token (`POSTMARK_API_TEST`), which belongs to no server: such drafts are dry runs. */
export type Submit = (principal: Principal | undefined, draft: Draft, options: SubmitOptions) => Promise<SubmitResult>;

export function createSubmit(deps: SubmitDeps): Submit {
  return async (principal, draft, options) => {
    const now = deps.clock.now();
    const messageId = options.messageId ?? newMessageId(now);
    if (principal === undefined) return dryRun(draft, messageId, now);
    const source = draft.kind === 'raw' ? readSource(draft.raw) : undefined;
    const decided = await decide(deps, { principal, draft, source });
    const record = async (error: ApiError, streamId: StreamId | undefined, only?: readonly string[]): Promise<void> => {
      if (draft.kind !== 'raw') return;
      await recordRefusal(deps, { principal, draft, source, messageId, now, error, streamId, only });
    };
    if (decided.kind === 'refused') {
      await record(decided.error, decided.streamId);
      return { kind: 'refused', messageId, error: decided.error };
    }
    const { inactive, stream } = decided;
    const verdict = await deps.laneOf(stream);
    if (verdict.kind === 'none') return withoutLane(deps, decided, verdict.reason);
    const { lane } = verdict;
    if (lane.kind === 'transactional' && options.batched !== true) deps.onUrgent?.();
    const result = { kind: 'accepted' as const, messageId, submittedAt: now, partlyInactive: inactive };
    if (options.dryRun) return result;
    const kept = await keep(
      deps,
      compose(deps, { draft, principal, decided, lane, messageId, now, via: options.via }),
      result,
    );
    if (kept.kind === 'accepted' && inactive.length > 0) {
      await record(API_ERRORS.inactiveRecipients(inactive), stream.id, inactive);
    }
    return kept;
  };
}

/** Fails closed: a stream whose pool is not there sends through no other, and nothing of it is accepted. */
function withoutLane(deps: SubmitDeps, { stream }: Decided, reason: string): SubmitResult {
  deps.log.error(
    { serverId: stream.serverId, stream: stream.id, pool: stream.pool },
    `message not accepted: ${reason}`,
  );
  return { kind: 'unavailable', reason };
}

type Accepted = Extract<SubmitResult, { kind: 'accepted' }>;

async function keep(
  deps: SubmitDeps,
  composed: { message: Message; raw: Uint8Array },
  result: Accepted,
): Promise<SubmitResult> {
  const { message, raw } = composed;
  const accepted = {
    kind: 'accepted' as const,
    at: message.acceptedAt,
    serverId: message.serverId,
    streamId: message.streamId,
    messageId: message.id,
    message,
  };
  try {
    await deps.lane(message.lane).append({ message, raw, events: [accepted] });
    return result;
  } catch (error) {
    if (!(error instanceof QueueUnavailable)) throw error;
    deps.log.error(
      { messageId: message.id, stream: message.streamId, lane: message.lane, err: error },
      'message not accepted: queue unavailable',
    );
    return { kind: 'unavailable', reason: error.message };
  }
}

/** The test token validates content only: it has no server whose senders, streams or suppressions could be asked. */
function dryRun(draft: Draft, messageId: MessageId, now: number): SubmitResult {
  if (draft.kind === 'raw') return { kind: 'refused', messageId, error: API_ERRORS.badServerToken() };
  const verdict = judgeContent(draft, TEST_SERVER);
  if (verdict.kind === 'refused') return { kind: 'refused', messageId, error: verdict.error };
  return { kind: 'accepted', messageId, submittedAt: now, partlyInactive: [] };
}

const TEST_SERVER = { settings: { trackOpens: false, trackLinks: 'None' } } as const;

interface Case {
  readonly principal: Principal;
  readonly draft: Draft;
  readonly source: ReadSource | { readonly error: ApiError } | undefined;
}

interface Decided {
  readonly kind: 'fine';
  readonly stream: SendingStream;
  readonly judged: Judged;
  readonly sender: Sender;
  readonly recipients: readonly JudgedRecipient[];
  readonly inactive: readonly string[];
}

type Refused = { readonly kind: 'refused'; readonly error: ApiError; readonly streamId: StreamId | undefined };

async function decide(deps: SubmitDeps, given: Case): Promise<Decided | Refused> {
  const { principal, draft, source } = given;
  if (source !== undefined && 'error' in source) return { ...refuse(source.error), streamId: undefined };
  const choice = await chooseStream(deps.store, {
    principal,
    named: draft.kind === 'raw' ? source?.controls.streamId : draft.streamId,
    hostKind: draft.kind === 'raw' ? draft.hostKind : undefined,
  });
  if (choice.kind === 'refused') return { ...choice, streamId: undefined };
  const { stream } = choice;
  const verdict = judge(draft, source, principal);
  if (verdict.kind === 'refused') return { ...verdict, streamId: stream.id };
  const { judged } = verdict;
  const { limits } = principal;
  const limited =
    limits && beyondLimits(limits, { now: deps.clock.now(), stream: stream.id, from: judged.from.domain });
  if (limited !== undefined) return { ...refuse(limited), streamId: stream.id };
  const { hostname, returnPathDomain } = deps;
  const rules = { accountId: principal.server.accountId, hostname, returnPathDomain };
  const allowed = await judgeSender(deps.store.senders, rules, { from: judged.from, shown: judged.summary.from });
  if (allowed.kind === 'refused') return { ...allowed, streamId: stream.id };
  const active = await leaveOutInactive(deps.store, stream, judged.recipients);
  if (active.recipients.length === 0)
    return { ...refuse(API_ERRORS.inactiveRecipients(active.inactive)), streamId: stream.id };
  return { kind: 'fine', stream, judged, sender: allowed.sender, ...active };
}

interface TokenUse {
  readonly now: number;
  readonly stream: StreamId;
  readonly from: string;
}

function beyondLimits(limits: TokenLimits, { now, stream, from }: TokenUse): ApiError | undefined {
  const { streams, fromDomains, expiresAt } = limits;
  // A session over SMTP may be older than that.
  if (expiresAt !== undefined && now >= expiresAt) return API_ERRORS.tokenLimit('This token has expired.');
  if (streams !== undefined && !streams.includes(stream)) {
    return API_ERRORS.tokenLimit(`This token may not send through the stream '${stream}', only ${listed(streams)}.`);
  }
  if (fromDomains !== undefined && !fromDomains.includes(from)) {
    return API_ERRORS.tokenLimit(`This token may not send from ${from}, only from ${listed(fromDomains)}.`);
  }
  return undefined;
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

function judge(draft: Draft, source: ReadSource | undefined, principal: Principal): Verdict {
  if (draft.kind === 'content') return judgeContent(draft, principal.server);
  if (source === undefined) throw new Error('a raw draft was not read before it was judged');
  return judgeRaw(draft, source, principal.server);
}

async function leaveOutInactive(
  store: SubmitStore,
  stream: SendingStream,
  recipients: readonly JudgedRecipient[],
): Promise<{ recipients: readonly JudgedRecipient[]; inactive: readonly string[] }> {
  const seen = new Set<string>();
  const distinct = recipients.filter(({ mailbox }) => {
    const key = mailbox.address.toLowerCase();
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
  const suppressed = new Set(await store.suppressed(stream.serverId, stream.id, [...seen]));
  if (suppressed.size === 0) return { recipients: distinct, inactive: [] };
  const isActive = (r: JudgedRecipient): boolean => !suppressed.has(r.mailbox.address.toLowerCase());
  return { recipients: distinct.filter(isActive), inactive: distinct.filter((r) => !isActive(r)).map((r) => r.given) };
}

interface ToCompose {
  readonly draft: Draft;
  readonly principal: Principal;
  readonly decided: Decided;
  readonly lane: Lane;
  readonly messageId: MessageId;
  readonly now: number;
  readonly via: SubmitOptions['via'];
}

function compose(deps: SubmitDeps, given: ToCompose): { message: Message; raw: Uint8Array } {
  const { principal, decided, messageId, now } = given;
  const { server } = principal;
  const { sender } = decided;
  const defaults = sender.signature && defaultsOf(sender.signature, given.draft, decided.judged.from);
  const raw = decided.judged.compose({
    messageId,
    hostname: deps.hostname,
    accountId: server.accountId,
    serverId: server.id,
    now,
    ...defaults,
    wayOut: wayOutOf(deps, given),
  });
  const recipients = decided.recipients.map(toRecipient);
  const message: Message = {
    id: messageId,
    accountId: server.accountId,
    serverId: server.id,
    streamId: decided.stream.id,
    kind: decided.stream.kind,
    lane: given.lane.id,
    acceptedAt: now,
    recipients,
    summary: {
      ...decided.judged.summary,
      ...(defaults?.from && { from: formatMailboxAsText(defaults.from) }),
      via: given.via,
    },
    signingDomain: sender.signingDomain,
    returnPathDomain: sender.returnPathDomain,
    testMode: server.settings.deliveryType === 'Sandbox' ? 'sandbox' : 'none',
    fakeBounce: decided.judged.fakeBounce,
    smtpUtf8: recipients.some((r) => !isAscii(r.address)) || !isAscii(headerOf(raw)),
    ...tlsOf(given.draft, decided.judged),
    size: raw.length,
  };
  return { message, raw };
}

/** What a signature says where the message says nothing. The From of submitted source stays as it came. */
function defaultsOf(
  { name, replyTo }: SenderSignature,
  { kind }: Draft,
  from: Mailbox,
): Pick<ComposeContext, 'from' | 'replyTo'> {
  return {
    ...(kind === 'content' && from.name === '' && { from: { ...from, name } }),
    ...(replyTo !== undefined && { replyTo }),
  };
}

/** One source goes to all recipients, so that a link can name one of them only where there is no other. */
function wayOutOf({ unsubscribeUrl }: SubmitDeps, { decided, messageId }: ToCompose): WayOut | undefined {
  if (unsubscribeUrl === undefined) return undefined;
  const oneClick = decided.recipients.length === 1;
  let made: string | undefined;
  return {
    handled: decided.stream.unsubscribeHandling === 'Postmark',
    oneClick,
    url: () => (made ??= unsubscribeUrl({ messageId, recipient: oneClick ? 0 : undefined })),
  };
}

/** REQUIRETLS goes before the field of the header (RFC 8689 section 4.1). */
function tlsOf({ requireTls }: Draft, { tlsOptional }: Judged): Pick<Message, 'tls'> {
  if (requireTls === true) return { tls: 'required' };
  return tlsOptional ? { tls: 'optional' } : {};
}

function toRecipient({ mailbox, role }: JudgedRecipient, index: number): Recipient {
  return { index, address: mailbox.address, domain: mailbox.domain, name: mailbox.name, role };
}

function headerOf(raw: Uint8Array): string {
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const end = buffer.indexOf('\r\n\r\n');
  return buffer.toString('latin1', 0, end === -1 ? buffer.length : end);
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
