// Opens a connection to a site for an attempt: hosts and addresses in order until a session opens through an own address that
// was claimed.
//
// Where TLS breaks and nothing requires it, the same once more in plain text (tls-policy.ts). Promises: a bounded number of
// addresses is tried; what fails is remembered for the next attempts, and told as one outcome for all recipients.
// Leaves to others: when to open, and what goes over it (egress.ts).
import type { Outcome } from '../../domain/outcome.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ClientConnection } from '../../mail/smtp/client-connection.ts';
import { CLIENT_DEADLINES, type ClientDeadlines } from '../../mail/smtp/client-phases.ts';
import type { ConnectFailure, ConnectOptions } from '../../mail/smtp/client-target.ts';
import { connect, type ConnectResult } from '../../mail/smtp/client.ts';
import type { AddressBook, LocalAddress, Site, TlsResult, Transaction } from '../../ports/egress.ts';
import type { Candidate, Candidates } from './candidates.ts';
import { sessionOutcome, waitingOutcome, type FailedHost } from './egress-outcomes.ts';
import { connectUnderPolicy, secureContexts } from './tls-policy.ts';

export interface OpenerOptions {
  readonly book: AddressBook;
  readonly clock: Clock;
  /** 25 without it. */
  readonly port?: number;
  readonly deadlines?: ClientDeadlines;
  /** PEM certificates to trust where a policy asks for a trusted root; those that node trusts without them. */
  readonly roots?: readonly string[];
  /** Told of each session, as far as TLS went; must be quick. */
  readonly onTls?: (result: TlsResult) => void;
}

export interface Attempt {
  readonly site: Site;
  readonly transaction: Transaction;
  readonly signal: AbortSignal;
  /** What it leaves through, once that is known. */
  local: LocalAddress | undefined;
  /** Transcripts of its sessions so far. */
  readonly said: string[];
}

export interface Opened {
  readonly connection: ClientConnection;
  /** Claimed for the recipients of the attempt. */
  readonly local: LocalAddress;
}

/** A new connection, or the outcome that all recipients share. */
export type Opener = (attempt: Attempt) => Promise<Opened | Outcome>;

/** `maxAddresses`: tried per attempt; those that this machine has no route for are not counted. */
export function createOpener(options: OpenerOptions, candidates: Candidates, maxAddresses: number): Opener {
  const { book, clock, port = SMTP_PORT, deadlines = CLIENT_DEADLINES, onTls } = options;
  const secureContext = secureContexts(options.roots);

  async function open(attempt: Attempt): Promise<Opened | Outcome> {
    const { site, transaction } = attempt;
    const failures: FailedHost[] = [];
    const tried = new Set<string>();
    let counted = 0;
    for (const candidate of candidates.of(site)) {
      const { host, address, local, requirement } = candidate;
      // Two hosts at one address may have to prove different things.
      const place = requirement === undefined ? address : `${host} ${address}`;
      if (counted >= maxAddresses) break;
      if (tried.has(place) || !book.isUsable(local)) continue;
      attempt.local = local;
      const result = await openTo(candidate, attempt);
      if (result.kind === 'ready') {
        const { connection } = result;
        if (book.isUsable(local) && book.claim(local, site, transaction.recipients.length))
          return { connection, local };
        void connection.quit();
        continue;
      }
      failures.push({ peer: { host, ip: address, tls: false }, via: local.via, failure: result });
      if (result.cause === 'aborted') break;
      if (result.cause === 'local') book.failed(local);
      else tried.add(place);
      if (result.cause !== 'local' && result.cause !== 'barred') counted += 1;
    }
    attempt.local = undefined;
    if (failures.length === 0) return waitingOutcome('route', `no own address of a family that ${nameOf(site)} has`);
    return sessionOutcome(failures);
  }

  async function openTo(candidate: Candidate, { site, transaction, signal, said }: Attempt): Promise<ConnectResult> {
    const { host, address, local, requirement } = candidate;
    const { result, flaw } = await connectUnderPolicy(candidate, candidates, async (tls) => {
      const tried = await tryOnce(candidate, { tls, requireTls: transaction.requireTls === true }, signal);
      if (tried.kind === 'failed') said.push(tried.transcript ?? tried.detail);
      return tried;
    });
    if (result.kind === 'failed' && result.cause === 'barred') said.push(`0 -- ${result.detail}`);
    if (result.kind === 'ready') candidates.reached(address);
    else if (isUnreachable(result)) candidates.failed(address);
    const session = result.kind === 'ready' ? result.connection.peer.session : undefined;
    if (onTls !== undefined && site.isUntold !== true && (session !== undefined || flaw !== undefined)) {
      const domain = domainOf(transaction.recipients[0] ?? '');
      onTls({ domain, host, ip: address, localIp: local.bind, requirement, session, flaw });
    }
    return result;
  }

  function tryOnce(candidate: Candidate, terms: TlsTerms, signal: AbortSignal): Promise<ConnectResult> {
    const { host, address, local, requirement } = candidate;
    const chosen = local.bind === undefined && { localProblem: (ip: string) => book.chosenProblem(ip) };
    const ours = { localAddress: local.bind, heloName: local.via.ehlo, ...chosen };
    const secure = { requirement, secureContext: secureContext(requirement) };
    return connect({ host, address, port, ...ours, ...secure, ...terms, deadlines, clock, signal });
  }

  return open;
}

type TlsTerms = Pick<ConnectOptions, 'tls' | 'requireTls'>;

/** A host that answers, be it `421 too many connections`, is there, and keeps its place among the others. */
function isUnreachable({ cause, reply }: ConnectFailure): boolean {
  return reply === undefined && (cause === 'remote' || cause === 'unreachable');
}

/** For people. */
export function nameOf({ key, hosts }: Site): string {
  return hosts[0]?.host ?? key;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

const SMTP_PORT = 25;
