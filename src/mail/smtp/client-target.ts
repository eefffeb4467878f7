// Whom a session is opened with and under which terms, and what it is called when that fails.
import type { SecureContext } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';
import type { Answer } from './client-dialogue.ts';
import type { ClientDeadlines, ClientPhase } from './client-phases.ts';
import { describeLoss, describePeer, describeReply } from './client-phases.ts';
import type { TlsFlaw, TlsRequirement } from '../tls/requirement.ts';
import type { Reply } from './remote-reply.ts';

export interface ConnectOptions {
  /** For people, and the server name in TLS unless it is an IP address. */
  readonly host: string;
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly port: number;
  /** Of the same family as `address`; the system chooses without one. */
  readonly localAddress: string | undefined;
  /** Why the connection may not be used from the address that it came to have; undefined where it may. */
  readonly localProblem?: (localAddress: string) => string | undefined;
  readonly heloName: string;
  /** `never`: plain text even where STARTTLS is offered. */
  readonly tls: 'opportunistic' | 'never';
  /** What the far side must prove; with one that is enforced there is no plain text, whatever `tls` says. */
  readonly requirement: TlsRequirement | undefined;
  /** Only a server that offers REQUIRETLS will do; what is wrong with its TLS is for good (RFC 8689 section 4.2.1). */
  readonly requireTls?: boolean;
  /** Made once and shared: making one loads the trusted roots, which costs milliseconds. `pkix` needs those. */
  readonly secureContext: SecureContext;
  readonly deadlines: ClientDeadlines;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ConnectFailure {
  readonly kind: 'failed';
  readonly phase: ClientPhase;
  /**
   * `local` is trouble of this machine: its address, its limits. It says nothing about the far side. `barred`: a policy
   * forbids the host, so it was not tried.
   */
  readonly cause: 'remote' | 'unreachable' | 'local' | 'aborted' | 'barred';
  readonly reply: Reply | undefined;
  readonly detail: string;
  /** What was wrong with TLS, or with the proof that was asked for. */
  readonly flaw?: TlsFlaw;
  /** No later try mends it; `detail` begins with an enhanced code. */
  readonly forGood?: true;
  /** What was said, once the attempt to connect is over. */
  readonly transcript?: string;
}

/** The failure of a step that asked for a reply. */
export function failure({ host, address }: ConnectOptions, phase: ClientPhase, answer: Answer): ConnectFailure {
  const peer = describePeer(host, address);
  if (answer.kind === 'lost') {
    const cause = answer.cause === 'aborted' ? 'aborted' : 'remote';
    return { kind: 'failed', phase, cause, reply: undefined, detail: describeLoss(peer, phase, answer) };
  }
  return { kind: 'failed', phase, cause: 'remote', reply: answer, detail: describeReply(peer, phase, answer) };
}

/** What was given to `abort()`, where it was a sentence. */
export function reasonOf(signal: AbortSignal): string {
  return typeof signal.reason === 'string' ? signal.reason : '';
}
