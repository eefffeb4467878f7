// Turns a session in the clear into one over TLS, after the far side said yes to STARTTLS (RFC 3207), and looks at who
// is there.
//
// Without a requirement no certificate is verified: opportunistic TLS keeps out those who only listen (RFC 7435). With
// one, nothing is said over the session before the far side has proved itself (RFC 7672 section 2.2, RFC 8461 section 4).
import { isIP } from 'node:net';
import type { X509Certificate } from 'node:crypto';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  describeRequirement,
  forbidsPlainText,
  type TlsFlaw,
  type TlsRequirement,
  type TlsSession,
  type VerifiedBy,
} from '../tls/requirement.ts';
import { verifyDane, verifyPkix, type PeerVerdict } from '../tls/verify-peer.ts';
import type { Dialogue } from './client-dialogue.ts';
import { describePeer, lost } from './client-phases.ts';
import type { ConnectFailure, ConnectOptions } from './client-target.ts';
import { failure, reasonOf } from './client-target.ts';

/** What came in the clear after the reply to STARTTLS could be an attacker's: never mixed into the secure session. */
export async function startTls(dialogue: Dialogue, options: ConnectOptions): Promise<TlsSession | ConnectFailure> {
  if (dialogue.unread) return broken(options, 'it sent more in the clear after its reply');
  const { secureContext, deadlines, clock, signal } = options;
  const name = serverName(options);
  return new Promise((resolve) => {
    const socket = connectTls({
      socket: dialogue.detach(),
      secureContext,
      rejectUnauthorized: false,
      // Names are checked by verify-peer.
      checkServerIdentity: () => undefined,
      ...(isIP(name) === 0 && { servername: name }),
    });
    const end = (result: TlsSession | ConnectFailure, cause: 'handshake' | 'aborted' = 'handshake'): void => {
      cancelTimer();
      signal.removeEventListener('abort', stop);
      socket.off('error', onError).off('close', onClose);
      dialogue.attach(socket);
      if ('kind' in result) dialogue.lose(cause, result.detail);
      resolve(result);
    };
    const stop = (): void => end(failure(options, 'tls', lost('aborted', reasonOf(signal))), 'aborted');
    const onError = (error: NodeJS.ErrnoException): void => end(broken(options, error.code ?? error.message));
    const onClose = (): void => end(broken(options, 'the connection was closed'));
    const cancelTimer = clock.after(deadlines.tls, () => end(broken(options, 'timed out')));
    signal.addEventListener('abort', stop, { once: true });
    socket.on('error', onError).on('close', onClose);
    socket.once('secureConnect', () => end(judge(socket, options)));
  });
}

/** TLS is required and is not to be had. The far side's reply is told in words: 5xx to STARTTLS says nothing of the mail. */
export function withoutTls(options: ConnectOptions, requirement: TlsRequirement, reply: string): ConnectFailure {
  const reason = `${reply}, but ${describeRequirement(requirement)} ask${requirement.kind === 'pkix' ? 's' : ''} for TLS`;
  return refused(options, { failure: 'starttls-not-supported', reason });
}

/** The message needs REQUIRETLS from end to end (RFC 8689 section 4.2.1); its TLS is as it should be. */
export function withoutRequireTls({ host, address }: ConnectOptions): ConnectFailure {
  const detail = `5.7.30 ${describePeer(host, address)} does not offer REQUIRETLS, which the message needs`;
  return { kind: 'failed', phase: 'tls', cause: 'remote', reply: undefined, detail, forGood: true };
}

function judge(socket: TLSSocket, options: ConnectOptions): TlsSession | ConnectFailure {
  const { requirement } = options;
  const session = { protocol: socket.getProtocol() ?? '', cipher: socket.getCipher().name };
  if (requirement === undefined) return { ...session, verifiedBy: undefined, flaw: undefined };
  const verdict = verdictOn(socket, options, requirement);
  if (verdict === 'verified') return { ...session, verifiedBy: verifiedBy(requirement), flaw: undefined };
  return forbidsPlainText(requirement)
    ? refused(options, verdict)
    : { ...session, verifiedBy: undefined, flaw: verdict };
}

function verdictOn(socket: TLSSocket, { host, clock }: ConnectOptions, requirement: TlsRequirement): PeerVerdict {
  if (requirement.kind === 'encrypted') return 'verified';
  if (requirement.kind === 'barred') return requirement;
  const rootError: unknown = socket.authorizationError;
  const presented = {
    chain: chainOf(socket),
    // The code of OpenSSL, as a text whatever its type says.
    rootError: socket.authorized ? undefined : typeof rootError === 'string' ? rootError : 'no reason given',
    host,
    now: clock.now(),
  };
  return requirement.kind === 'dane' ? verifyDane(requirement, presented) : verifyPkix(presented);
}

function verifiedBy(requirement: TlsRequirement): VerifiedBy | undefined {
  if (requirement.kind === 'dane') return 'dane';
  if (requirement.kind !== 'pkix') return undefined;
  return requirement.by === 'mta-sts' ? 'mta-sts' : 'pkix';
}

function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  for (; next !== undefined && chain.length < MAX_CERTIFICATES; next = next.issuerCertificate) chain.push(next);
  return chain;
}

function serverName({ host, requirement }: ConnectOptions): string {
  return requirement?.kind === 'dane' ? requirement.baseName : host;
}

function broken(options: ConnectOptions, note: string): ConnectFailure {
  const flaw = { failure: 'validation-failure', reason: note, passing: true } as const;
  return { ...failure(options, 'tls', lost('handshake', note)), flaw };
}

function refused(options: ConnectOptions, flaw: TlsFlaw): ConnectFailure {
  const failed = { kind: 'failed', phase: 'tls', cause: 'remote', reply: undefined, flaw } as const;
  const detail = described(options, flaw);
  return options.requireTls === true ? { ...failed, detail: `5.7.10 ${detail}`, forGood: true } : { ...failed, detail };
}

function described({ host, address }: ConnectOptions, { reason }: TlsFlaw): string {
  return `${describePeer(host, address)} cannot be used: ${reason}`;
}

const MAX_CERTIFICATES = 12;
