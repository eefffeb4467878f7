// A lane's way out by SMTP: takes or opens a connection to the site, hands over the message, tells what became of it.
//
//   1. an idle connection of the site, or the right to open one (connection-pool.ts), in turn
//   2. over an idle one: the transaction; if the far side had closed it meanwhile, nothing was lost: go on with 3
//   3. hosts and addresses in order until a session opens; where TLS breaks and nothing requires it, once more in
//      plain text (tls-policy.ts); the transaction
//   4. the connection goes back to the pool, unless it is worn out or broken
//
// Promises: as the port says. What fails before a session is open goes on to the next address; replies within the
// transaction decide. `bounced` outcomes carry type 'Unknown': classification by rules follows in core.
import type { Outcome } from '../../domain/outcome.ts';
import type { Clock } from '../../lib/clock.ts';
import { ClientConnection } from '../../mail/smtp/client-connection.ts';
import type { ClientDeadlines } from '../../mail/smtp/client-phases.ts';
import { CLIENT_DEADLINES } from '../../mail/smtp/client-phases.ts';
import type { ConnectFailure, ConnectOptions } from '../../mail/smtp/client-target.ts';
import type { ConnectResult } from '../../mail/smtp/client.ts';
import { connect } from '../../mail/smtp/client.ts';
import type { AddressBook, Egress, LocalAddress, Site, TlsResult, Transaction } from '../../ports/egress.ts';
import type { Candidate, Candidates } from './candidates.ts';
import { createCandidates } from './candidates.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { FailedHost } from './egress-outcomes.ts';
import { sessionOutcome, transactionOutcomes, waitingOutcome, withTranscript } from './egress-outcomes.ts';
import { connectUnderPolicy, secureContexts } from './tls-policy.ts';

export interface EgressOptions {
  readonly book: AddressBook;
  readonly clock: Clock;
  /** 25 without it. */
  readonly port?: number;
  readonly deadlines?: ClientDeadlines;
  readonly limits?: Partial<EgressLimits>;
  /** Transactions over one connection to this site, where it wants fewer than `limits` say. */
  readonly perConnection?: (site: Site) => number | undefined;
  /** PEM certificates to trust where a policy asks for a trusted root; those that node trusts without them. */
  readonly roots?: readonly string[];
  /** Told of each session, as far as TLS went; must be quick. */
  readonly onTls?: (result: TlsResult) => void;
}

export interface EgressLimits {
  readonly maxConnectionsPerSite: number;
  readonly maxConnections: number;
  /** Transactions over one connection. */
  readonly maxTransactionsPerConnection: number;
  /** Milliseconds that a connection is kept without work. */
  readonly idleMs: number;
  /** Addresses tried per `send`; those that this machine has no route for are not counted. */
  readonly maxAddresses: number;
  /** Milliseconds of a `send` in all, waiting for its turn included. */
  readonly totalMs: number;
}

export const EGRESS_LIMITS: EgressLimits = {
  maxConnectionsPerSite: 20,
  maxConnections: 500,
  maxTransactionsPerConnection: 200,
  idleMs: 10_000,
  maxAddresses: 5,
  totalMs: 900_000,
};

export interface LaneEgress extends Egress {
  /** The address book has changed: idle connections from addresses that may not be used any more are closed. */
  letGo(): void;
  /** Attempts under way through this address. */
  usesOf(addressId: number): number;
}

export function createEgress(options: EgressOptions): LaneEgress {
  return new SmtpEgress(options);
}

class SmtpEgress implements LaneEgress {
  readonly #options: EgressOptions;
  readonly #limits: EgressLimits;
  readonly #pool: ConnectionPool<ClientConnection>;
  readonly #candidates: Candidates;
  readonly #secureContext: ReturnType<typeof secureContexts>;
  readonly #running = new Map<Promise<readonly Outcome[]>, Attempt>();
  readonly #localOf = new WeakMap<ClientConnection, LocalAddress>();

  constructor(options: EgressOptions) {
    this.#options = options;
    this.#limits = { ...EGRESS_LIMITS, ...options.limits };
    this.#secureContext = secureContexts(options.roots);
    const { clock } = options;
    this.#pool = new ConnectionPool({
      maxPerSite: this.#limits.maxConnectionsPerSite,
      maxTotal: this.#limits.maxConnections,
      maxTransactions: this.#limits.maxTransactionsPerConnection,
      idleMs: this.#limits.idleMs,
      clock,
    });
    this.#candidates = createCandidates(options.book, clock);
  }

  send(site: Site, transaction: Transaction, signal: AbortSignal): Promise<readonly Outcome[]> {
    const control = new AbortController();
    const attempt: Attempt = { site, transaction, control, signal: control.signal, local: undefined, said: [] };
    const { totalMs } = this.#limits;
    const stop = (): void => control.abort('it was called off');
    const cancelTimer = this.#options.clock.after(totalMs, () =>
      control.abort(`it took more than ${totalMs / 1000} s`),
    );
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const sending = this.#send(attempt).finally(() => {
      cancelTimer();
      signal.removeEventListener('abort', stop);
      this.#running.delete(sending);
    });
    this.#running.set(sending, attempt);
    return sending;
  }

  /** Stops what is under way; idle connections say QUIT. */
  async close(): Promise<void> {
    for (const attempt of this.#running.values()) attempt.control.abort('the sender is shutting down');
    await Promise.allSettled(this.#running.keys());
    await this.#pool.close();
  }

  letGo(): void {
    this.#pool.closeIdle((connection) => !this.#isUsable(connection));
  }

  usesOf(addressId: number): number {
    let uses = 0;
    for (const { local } of this.#running.values()) if (local?.id === addressId) uses += 1;
    return uses;
  }

  async #send(attempt: Attempt): Promise<readonly Outcome[]> {
    const { site, transaction, signal } = attempt;
    const slot = await this.#pool.acquire(site.key, signal);
    if (slot === undefined) {
      const outcome = waitingOutcome('connect', `no connection to ${nameOf(site)} became free: ${reasonOf(signal)}`);
      return transaction.recipients.map(() => outcome);
    }
    const used: Used = { connection: slot.idle };
    try {
      return withTranscript(await this.#overSlot(attempt, used), attempt.said);
    } finally {
      slot.release(this.#kept(used.connection, site));
    }
  }

  /** A connection from an address that was taken away meanwhile, or that has carried enough, is not used again. */
  #kept(connection: ClientConnection | undefined, site: Site): ClientConnection | undefined {
    if (connection === undefined) return connection;
    const most = this.#options.perConnection?.(site) ?? Infinity;
    if (this.#isUsable(connection) && connection.transactions < most) return connection;
    void connection.quit();
    return undefined;
  }

  /** On the idle connection where there is one; what is known to have reached nobody is tried on a new one. */
  async #overSlot(attempt: Attempt, used: Used): Promise<readonly Outcome[]> {
    const { site, transaction, signal } = attempt;
    const idle = this.#claimed(used.connection, attempt);
    used.connection = idle;
    let connection = idle ?? (await this.#open(attempt));
    for (let tries = 1; connection instanceof ClientConnection; tries += 1) {
      used.connection = connection;
      const { peer } = connection;
      const askFirst = tries > MAX_UNASKED_TRIES || this.#candidates.isAskedFirst(peer.address);
      const result = await connection.transact(transaction, signal, { askFirst });
      attempt.said.push(result.transcript);
      const done = result.kind === 'done';
      if (done && result.askFirst) this.#candidates.askFirst(peer.address);
      const mayRepeat = connection === idle || (done && result.askFirst);
      if (!mayRepeat || !done || !result.untouched || signal.aborted) {
        const via = this.#localOf.get(connection)?.via;
        if (via === undefined) throw new Error(`a connection to ${nameOf(site)} has no address of its own`);
        return transactionOutcomes(result, { connected: peer, via }, transaction);
      }
      used.connection = undefined;
      void connection.quit();
      connection = await this.#open(attempt);
    }
    const outcome = connection;
    return transaction.recipients.map(() => outcome);
  }

  /** The idle connection, where its address may still be used and takes these recipients. */
  #claimed(idle: ClientConnection | undefined, attempt: Attempt): ClientConnection | undefined {
    const local = idle === undefined ? undefined : this.#localOf.get(idle);
    if (idle === undefined || local === undefined) return undefined;
    const { book } = this.#options;
    if (book.isUsable(local) && book.claim(local, attempt.site, attempt.transaction.recipients.length)) {
      attempt.local = local;
      return idle;
    }
    void idle.quit();
    return undefined;
  }

  /** Step 3: a new connection whose address was claimed, or the outcome that all recipients share. */
  async #open(attempt: Attempt): Promise<ClientConnection | Outcome> {
    const { site, transaction } = attempt;
    const { book } = this.#options;
    const failures: FailedHost[] = [];
    const tried = new Set<string>();
    let counted = 0;
    for (const candidate of this.#candidates.of(site)) {
      const { host, address, local, requirement } = candidate;
      // Two hosts at one address may have to prove different things.
      const place = requirement === undefined ? address : `${host} ${address}`;
      if (counted >= this.#limits.maxAddresses) break;
      if (tried.has(place) || !book.isUsable(local)) continue;
      attempt.local = local;
      const result = await this.#connect(candidate, attempt);
      if (result.kind === 'ready') {
        this.#localOf.set(result.connection, local);
        if (book.isUsable(local) && book.claim(local, site, transaction.recipients.length)) return result.connection;
        void result.connection.quit();
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

  #isUsable(connection: ClientConnection): boolean {
    const local = this.#localOf.get(connection);
    return local !== undefined && this.#options.book.isUsable(local);
  }

  async #connect(candidate: Candidate, { site, transaction, signal, said }: Attempt): Promise<ConnectResult> {
    const { host, address, local, requirement } = candidate;
    const { result, flaw } = await connectUnderPolicy(candidate, this.#candidates, async (tls) => {
      const tried = await this.#try(candidate, { tls, requireTls: transaction.requireTls === true }, signal);
      if (tried.kind === 'failed') said.push(tried.transcript ?? tried.detail);
      return tried;
    });
    if (result.kind === 'failed' && result.cause === 'barred') said.push(`0 -- ${result.detail}`);
    if (result.kind === 'ready') this.#candidates.reached(address);
    else if (isUnreachable(result)) this.#candidates.failed(address);
    const session = result.kind === 'ready' ? result.connection.peer.session : undefined;
    if (this.#options.onTls !== undefined && site.isUntold !== true && (session !== undefined || flaw !== undefined)) {
      const domain = domainOf(transaction.recipients[0] ?? '');
      this.#options.onTls({ domain, host, ip: address, localIp: local.bind, requirement, session, flaw });
    }
    return result;
  }

  #try(candidate: Candidate, terms: TlsTerms, signal: AbortSignal): Promise<ConnectResult> {
    const { clock, port = SMTP_PORT, deadlines = CLIENT_DEADLINES } = this.#options;
    const { host, address, local, requirement } = candidate;
    const { book } = this.#options;
    const chosen = local.bind === undefined && { localProblem: (ip: string) => book.chosenProblem(ip) };
    const ours = { localAddress: local.bind, heloName: local.via.ehlo, ...chosen };
    const secure = { requirement, secureContext: this.#secureContext(requirement) };
    return connect({ host, address, port, ...ours, ...secure, ...terms, deadlines, clock, signal });
  }
}

type TlsTerms = Pick<ConnectOptions, 'tls' | 'requireTls'>;

interface Attempt {
  readonly site: Site;
  readonly transaction: Transaction;
  readonly control: AbortController;
  readonly signal: AbortSignal;
  /** What it leaves through, once that is known. */
  local: LocalAddress | undefined;
  /** Transcripts of its sessions so far. */
  readonly said: string[];
}

/** What the slot holds when it is released. */
interface Used {
  connection: ClientConnection | undefined;
}

/** A host that answers, be it `421 too many connections`, is there, and keeps its place among the others. */
function isUnreachable({ cause, reply }: ConnectFailure): boolean {
  return reply === undefined && (cause === 'remote' || cause === 'unreachable');
}

function nameOf({ key, hosts }: Site): string {
  return hosts[0]?.host ?? key;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

function reasonOf(signal: AbortSignal): string {
  return typeof signal.reason === 'string' ? signal.reason : 'the sender is shutting down';
}

const SMTP_PORT = 25;
/** A site with several hosts that promise CHUNKING and do not understand it is not tried forever. */
const MAX_UNASKED_TRIES = 2;
