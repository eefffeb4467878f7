// Which TLS terms a connection is opened under, and what is told of how that went.
//
// Opportunistic, and where a requirement is only noted: TLS that breaks is left out on a second connection, and for a
// while afterwards. Under a requirement that is enforced there is one try and no plain text (RFC 7672 section 2.2, RFC 8461
// section 5). A host that is barred is not connected to.
import { createSecureContext, type SecureContext } from 'node:tls';
import { describePeer } from '../../mail/smtp/client-phases.ts';
import type { ConnectFailure } from '../../mail/smtp/client-target.ts';
import type { ConnectResult } from '../../mail/smtp/client.ts';
import { forbidsPlainText, type TlsFlaw, type TlsRequirement } from '../../mail/tls/requirement.ts';
import type { Candidate, Candidates } from './candidates.ts';

export type TryConnect = (tls: 'opportunistic' | 'never') => Promise<ConnectResult>;

export interface UnderPolicy {
  readonly result: ConnectResult;
  /** Why there is no TLS, or no proof; undefined where all is well or TLS was not reached. */
  readonly flaw: TlsFlaw | undefined;
}

export async function connectUnderPolicy(
  { host, address, requirement }: Candidate,
  candidates: Candidates,
  attempt: TryConnect,
): Promise<UnderPolicy> {
  if (requirement?.kind === 'barred' && requirement.enforced) return barred(describePeer(host, address), requirement);
  if (forbidsPlainText(requirement)) {
    const result = await attempt('opportunistic');
    return { result, flaw: flawOf(result) };
  }
  if (candidates.skipsTls(address)) {
    const plain = await attempt('never');
    return { result: plain, flaw: plain.kind === 'ready' ? BROKEN_BEFORE : undefined };
  }
  const result = await attempt('opportunistic');
  if (!isBrokenTls(result)) return { result, flaw: flawOf(result) };
  candidates.tlsFailed(address);
  return { result: await attempt('never'), flaw: result.flaw ?? BROKEN_BEFORE };
}

/** Without trusted roots where nothing asks for them: loading them takes time and memory. */
export function secureContexts(
  roots: readonly string[] | undefined,
): (of: TlsRequirement | undefined) => SecureContext {
  const withoutRoots = createSecureContext({ ca: [] });
  let withRoots: SecureContext | undefined;
  return (requirement) => {
    if (requirement?.kind !== 'pkix') return withoutRoots;
    withRoots ??= createSecureContext(roots === undefined ? {} : { ca: [...roots] });
    return withRoots;
  };
}

function flawOf(result: ConnectResult): TlsFlaw | undefined {
  if (result.kind === 'failed') return result.flaw;
  const { session } = result.connection.peer;
  return session === undefined ? NOT_OFFERED : session.flaw;
}

function barred(peer: string, requirement: Extract<TlsRequirement, { kind: 'barred' }>): UnderPolicy {
  const { failure, reason, forGood } = requirement;
  const flaw = { failure, reason };
  const detail = `${peer} must not be used: ${reason}`;
  const failed = { kind: 'failed', phase: 'tls', cause: 'barred', reply: undefined, flaw } as const;
  return { result: forGood ? { ...failed, detail: `5.7.10 ${detail}`, forGood } : { ...failed, detail }, flaw };
}

function isBrokenTls(result: ConnectResult): result is ConnectFailure {
  return result.kind === 'failed' && result.phase === 'tls' && result.cause === 'remote' && result.reply === undefined;
}

const NOT_OFFERED: TlsFlaw = { failure: 'starttls-not-supported', reason: 'it does not offer STARTTLS' };
const BROKEN_BEFORE: TlsFlaw = { failure: 'validation-failure', reason: 'TLS failed a moment ago' };
