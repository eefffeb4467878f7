// What a session or a transaction means for each recipient: from replies and losses to outcomes. Pure.
//
// The class of a reply decides between delivered, deferred and bounced; whether a 5xx is really for good and which type
// of bounce it is, the rules say later: `type` is always 'Unknown' here. A loss is temporary, except after the final dot:
// there it is unknown whether the far side has the message.
import type { BounceType } from '../../domain/bounce/types.ts';
import type { Outcome, Peer, RemoteReply } from '../../domain/outcome.ts';
import type { Via } from '../../domain/pool.ts';
import type { ConnectedPeer, TransactResult } from '../../mail/smtp/client-connection.ts';
import { describeLoss, describePeer, describeReply } from '../../mail/smtp/client-phases.ts';
import type { RecipientResult } from '../../mail/smtp/client-progress.ts';
import type { ConnectFailure } from '../../mail/smtp/client-target.ts';
import { joinTranscripts } from '../../mail/smtp/client-transcript.ts';
import type { Reply } from '../../mail/smtp/remote-reply.ts';
import type { Transaction } from '../../ports/egress.ts';

/** One outcome per recipient of the transaction. */
export function transactionOutcomes(
  result: TransactResult,
  { connected, via }: Ends,
  { recipients }: Transaction,
): readonly Outcome[] {
  const verifiedBy = connected.session?.verifiedBy;
  const peer = {
    host: connected.host,
    ip: connected.address,
    tls: connected.tls,
    ...(verifiedBy !== undefined && { tlsPolicy: verifiedBy }),
  };
  const ends = { peer, via };
  if (result.kind === 'done') return result.recipients.map((recipient) => recipientOutcome(recipient, ends));
  const { detail } = result;
  const outcome: Outcome = { ...ends, kind: 'bounced', phase: 'mail', reply: undefined, detail, type: UNCLASSIFIED };
  return recipients.map(() => outcome);
}

/** Both ends of a connection. */
export interface Ends {
  readonly connected: ConnectedPeer;
  readonly via: Via;
}

function recipientOutcome({ phase, answer }: RecipientResult, ends: { peer: Peer; via: Via }): Outcome {
  const { peer } = ends;
  const name = describePeer(peer.host, peer.ip);
  if (answer.kind === 'lost') {
    const detail = describeLoss(name, phase, answer);
    return phase === 'final'
      ? { ...ends, kind: 'unknown', phase, detail }
      : { ...ends, kind: 'deferred', phase, reply: undefined, detail };
  }
  const reply = remoteReply(answer);
  if (answer.code < 300) return { ...ends, kind: 'delivered', phase, reply, mode: 'remote' };
  const detail = describeReply(name, phase, answer);
  return answer.code < 500
    ? { ...ends, kind: 'deferred', phase, reply, detail }
    : { ...ends, kind: 'bounced', phase, reply, detail, type: UNCLASSIFIED };
}

/** What was said goes with the first recipient: the others were of the same attempt. */
export function withTranscript(outcomes: readonly Outcome[], said: readonly string[]): readonly Outcome[] {
  const [first, ...others] = outcomes;
  if (first === undefined || said.length === 0) return outcomes;
  return [{ ...first, transcript: joinTranscripts(said) }, ...others];
}

/** A failed attempt to open a session, with the host that was tried. */
export interface FailedHost {
  readonly peer: Peer;
  readonly via: Via;
  readonly failure: ConnectFailure;
}

/**
 * No host could be used. It is for good only if all that were reached said so; otherwise the last temporary trouble is
 * told. Trouble of this machine with one address (no route for IPv6) counts only where there is nothing else to tell.
 */
export function sessionOutcome(failures: readonly FailedHost[]): Outcome {
  const remote = failures.filter(({ failure }) => failure.cause !== 'local');
  const last = remote.findLast(({ failure }) => !isPermanent(failure)) ?? remote.at(-1) ?? failures.at(-1);
  if (last === undefined) throw new Error('an attempt that tried no host has no outcome of its session');
  const { peer, via, failure } = last;
  const { phase, detail } = failure;
  const reply = failure.reply === undefined ? undefined : remoteReply(failure.reply);
  return isPermanent(failure)
    ? { kind: 'bounced', phase, peer, via, reply, detail, type: UNCLASSIFIED }
    : { kind: 'deferred', phase, peer, via, reply, detail };
}

function isPermanent({ reply, forGood }: ConnectFailure): boolean {
  return forGood === true || (reply !== undefined && reply.code >= 500);
}

/** Nothing was tried at all. */
export function waitingOutcome(phase: 'route' | 'connect', detail: string): Outcome {
  return { kind: 'deferred', phase, peer: undefined, reply: undefined, detail };
}

function remoteReply({ code, enhanced, text }: Reply): RemoteReply {
  return { code, enhanced, text };
}

const UNCLASSIFIED: BounceType = 'Unknown';
