// What judging a draft comes to: either one API error, or everything that is needed to compose and queue the message.
import type { ComposeContext } from './compose-message.ts';
import type { Principal } from './draft.ts';
import { apiError, API_ERRORS, type ApiError } from '../domain/api-error.ts';
import type { MessageSummary, RecipientRole } from '../domain/message.ts';
import { DEFAULT_STREAM_OF, type SendingKind, type Stream } from '../domain/stream.ts';
import type { StreamId } from '../lib/ids.ts';
import type { Mailbox } from '../mail/address.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface JudgedRecipient {
  readonly mailbox: Mailbox;
  readonly role: RecipientRole;
  /** As the client wrote it; what errors and answers name. */
  readonly given: string;
}

export interface Judged {
  readonly from: Mailbox;
  readonly recipients: readonly JudgedRecipient[];
  readonly summary: Omit<MessageSummary, 'via'>;
  readonly fakeBounce: string | undefined;
  /** `TLS-Required: No` in the header (RFC 8689 section 4.1). */
  readonly tlsOptional: boolean;
  /** Makes the RFC 5322 source: CRLF line ends, unsigned. Called once, after every rule has passed. */
  readonly compose: (context: ComposeContext) => Uint8Array;
}

/** The one value that the field `TLS-Required` has so far. */
export function saysNo(value: string): boolean {
  return value.trim().toLowerCase() === 'no';
}

export const TLS_REQUIRED = 'tls-required';

export type Verdict =
  { readonly kind: 'fine'; readonly judged: Judged } | { readonly kind: 'refused'; readonly error: ApiError };

export function refuse(error: ApiError): { readonly kind: 'refused'; readonly error: ApiError } {
  return { kind: 'refused', error };
}

export type StreamVerdict =
  { readonly kind: 'fine'; readonly stream: SendingStream } | { readonly kind: 'refused'; readonly error: ApiError };
export type SendingStream = Stream & { readonly kind: SendingKind };

/** What choosing a stream asks of the control data. */
export type StreamStore = Pick<ControlStore, 'stream' | 'streams'>;

export interface StreamChoice {
  readonly principal: Principal;
  /** What the message names; undefined or empty where it names none. */
  readonly named: string | undefined;
  /** Over SMTP, the kind of the host that was connected to. */
  readonly hostKind: SendingKind | undefined;
}

/** Picks the stream of a message (contract sending 6.1, 11.2; host and bound-token rules are in docs/compatibility.md). */
export async function chooseStream(store: StreamStore, choice: StreamChoice): Promise<StreamVerdict> {
  const { principal, hostKind } = choice;
  const named = choice.named?.trim() === '' ? undefined : choice.named?.trim();
  if (principal.boundStream !== undefined && named !== undefined && named !== principal.boundStream) {
    return refuse(
      apiError(
        1236,
        `This SMTP token sends through the stream '${principal.boundStream}' only, but the message names the stream '${named}'.`,
      ),
    );
  }
  const id = principal.boundStream ?? named ?? (await defaultStream(store, choice));
  const stream = await store.stream(principal.server.id, id as StreamId);
  if (stream === undefined || stream.archivedAt !== undefined) return refuse(API_ERRORS.unknownStream(id));
  if (stream.kind === 'inbound') return refuse(API_ERRORS.cannotSend(id));
  if (hostKind !== undefined && stream.kind !== hostKind) return refuse(wrongHost(id, stream.kind));
  return { kind: 'fine', stream: { ...stream, kind: stream.kind } };
}

async function defaultStream(store: StreamStore, choice: StreamChoice): Promise<StreamId> {
  const kind = choice.hostKind ?? 'transactional';
  const usual = DEFAULT_STREAM_OF[kind];
  if (kind === 'transactional') return usual;
  const usable = (await store.streams(choice.principal.server.id)).filter(
    (s) => s.kind === kind && s.archivedAt === undefined,
  );
  return usable.find((s) => s.id === usual)?.id ?? usable[0]?.id ?? usual;
}

function wrongHost(id: string, kind: SendingKind): ApiError {
  const text =
    kind === 'broadcast'
      ? `The stream '${id}' is a broadcast stream: send its messages through the broadcast SMTP host.`
      : `The stream '${id}' is a transactional stream: send its messages through the transactional SMTP host.`;
  return apiError(1236, text);
}
