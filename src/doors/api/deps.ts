// What the HTTP door is given by who composes the process, and the bounds that it keeps.
import type { Authenticator } from '../../core/authenticate.ts';
import type { ExplainMessage } from '../../core/find-why.ts';
import type { ShowLanes } from '../../core/lane-view.ts';
import type { AddressTools } from '../../core/manage-addresses.ts';
import type { WebhookTools } from '../../core/manage-webhooks.ts';
import type { RequeueInbound } from '../../core/requeue-inbound.ts';
import type { Templates } from '../../core/sendable-template.ts';
import type { SenderTools } from '../../core/manage-signatures.ts';
import type { ServerRules } from '../../core/manage-servers.ts';
import type { Submit } from '../../core/submit.ts';
import type { UnsubscribeDesk } from '../../core/unsubscribe.ts';
import type { Thresholds } from '../../domain/guard.ts';
import type { AddressState } from '../../domain/pool.ts';
import type { SendingKind } from '../../domain/stream.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Activity } from '../../ports/activity.ts';
import type { BulkDesk } from '../../ports/bulk-desk.ts';
import type { AnswerStore } from '../../ports/answer-store.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { GuardWatch } from '../../ports/guard-watch.ts';
import type { HeavyTemplates } from '../../ports/heavy-templates.ts';
import type { Statistics } from '../../ports/statistics.ts';
import type { SuppressionReader } from '../../ports/suppression-lists.ts';
import type { TlsShow } from '../../ports/tls-desk.ts';

export interface ServerTools extends ServerRules {
  readonly hashToken: (token: string) => string;
  /** Base URL of this API, for people. */
  readonly baseUrl: () => string;
}

export interface ApiDeps {
  readonly authenticator: Authenticator;
  readonly submit: Submit;
  readonly templates: Templates;
  readonly heavyTemplates: HeavyTemplates;
  readonly bulk: BulkDesk;
  readonly activity: Activity;
  readonly requeueInbound: RequeueInbound;
  readonly store: ControlStore;
  readonly addresses: AddressTools;
  readonly senders: SenderTools;
  readonly servers: ServerTools;
  readonly guards: GuardWatch;
  readonly thresholds: Thresholds;
  readonly statistics: Statistics;
  /** Keyed hash of a lower-case address; without it data removals are turned off. */
  readonly hashErased?: (address: string) => string;
  readonly tls: TlsShow;
  readonly webhooks: WebhookTools;
  /** Suppression lists as the thread of searches reads them. */
  readonly lists: SuppressionReader;
  /** Brings the events of changed suppressions on their way. */
  readonly publish: () => Promise<void>;
  readonly answers: AnswerStore;
  /** What the links in delivered messages lead to. */
  readonly unsubscribe: UnsubscribeDesk;
  readonly why: ExplainMessage;
  readonly lanes: ShowLanes;
  readonly facts: () => InstallationFacts | Promise<InstallationFacts>;
  /** Prometheus text; without it `GET /metrics` is not found. */
  readonly metrics?: () => Promise<string>;
  /** Whether transactional mail is coming in one by one just now: batches make room for it. */
  readonly urgent?: () => boolean;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits?: Partial<ApiLimits>;
}

export interface RoleFact {
  readonly name: string;
  readonly ready: boolean;
  /** Why it is not ready, or what it listens on; for people. */
  readonly detail?: string;
}

export interface LaneFact {
  readonly id: string;
  readonly kind: SendingKind;
  /** Messages accepted and not finished. */
  readonly queued: number;
  /** Deliveries being tried right now. */
  readonly inFlight: number;
  /** Unix milliseconds of the next attempt; undefined when nothing waits. */
  readonly nextDueAt: number | undefined;
  /** Why nothing of the lane can leave; undefined where it can. */
  readonly waitsBecause: string | undefined;
  readonly addresses: readonly AddressState[];
}

/** What this installation says about itself to everybody who reaches it: no secrets, nothing of a tenant. */
export interface InstallationFacts {
  readonly version: string;
  readonly hostname: string;
  readonly delivery: 'capture' | 'direct';
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly addresses: {
    /** Base URLs of this API, e.g. `http://127.0.0.1:8025`. */
    readonly http: readonly string[];
    readonly smtp: readonly { readonly kind: SendingKind; readonly address: string }[];
    /** Of the door for mail from outside; empty where there is none. */
    readonly mx: readonly string[];
  };
  readonly roles: readonly RoleFact[];
  /** Shown to the machine itself and to account tokens only. */
  readonly lanes?: readonly LaneFact[];
}

export interface ApiLimits {
  /** Largest body of `POST /email`, in bytes: 10 MB of message and what JSON puts around it. */
  readonly singleBodyBytes: number;
  /** Largest body of `POST /email/batch`, in bytes. */
  readonly batchBodyBytes: number;
  /** Bodies that are being read or worked on, over all requests, in bytes; beyond it the answer is 503. */
  readonly inFlightBytes: number;
  /** The same for one server; beyond it the answer is 429, so that one sender cannot take all of it. */
  readonly inFlightBytesPerServer: number;
  /** Bytes of a refused body that are read and dropped so that its sender sees the answer; then the socket goes. */
  readonly discardBytes: number;
  /** Messages of one batch that are handed to submit at the same time. */
  readonly batchParallel: number;
  /** Longest that batches hold the event loop at a stretch, in milliseconds. */
  readonly sliceMs: number;
  /** Of a server without a limit of its own; 0 is none. */
  readonly requestsPerMinute: number;
  readonly maxConnections: number;
  readonly maxRequestsPerSocket: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_API_LIMITS: ApiLimits = {
  singleBodyBytes: 10 * MIB,
  batchBodyBytes: 50 * MIB,
  inFlightBytes: 192 * MIB,
  inFlightBytesPerServer: 96 * MIB,
  discardBytes: 64 * MIB,
  batchParallel: 100,
  sliceMs: 4,
  requestsPerMinute: 0,
  maxConnections: 4096,
  maxRequestsPerSocket: 100_000,
  requestTimeoutMs: 120_000,
  headersTimeoutMs: 20_000,
  keepAliveTimeoutMs: 72_000,
};

/** Messages in one batch (contract sending 7). */
export const MAX_BATCH_MESSAGES = 500;
