// A lane's way out by SMTP: takes or opens a connection to the site, hands over the message, tells what became of it.
//
//   1. an idle connection of the site, or the right to open one (connection-pool.ts), in turn
//   2. over an idle one: the transaction; if the far side had closed it meanwhile, nothing was lost: go on with 3
//   3. a new connection (open-connection.ts); the transaction
//   4. the connection goes back to the pool, unless it is worn out or broken
//
// Promises: as the port says. What fails before a session is open goes on to the next address; replies within the
// transaction decide. `bounced` outcomes carry type 'Unknown': classification by rules follows in core.
import type { Outcome } from '../../domain/outcome.ts';
import { ClientConnection } from '../../mail/smtp/client-connection.ts';
import type { Egress, LocalAddress, Site, Transaction } from '../../ports/egress.ts';
import type { Candidates } from './candidates.ts';
import { createCandidates } from './candidates.ts';
import { ConnectionPool } from './connection-pool.ts';
import { transactionOutcomes, waitingOutcome, withTranscript } from './egress-outcomes.ts';
import { createOpener, nameOf, type Attempt, type Opener, type OpenerOptions } from './open-connection.ts';

export interface EgressOptions extends OpenerOptions {
  readonly limits?: Partial<EgressLimits>;
  /** Transactions over one connection to this site, where it wants fewer than `limits` say. */
  readonly perConnection?: (site: Site) => number | undefined;
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
  readonly #opener: Opener;
  readonly #running = new Map<Promise<readonly Outcome[]>, Running>();
  readonly #localOf = new WeakMap<ClientConnection, LocalAddress>();

  constructor(options: EgressOptions) {
    this.#options = options;
    this.#limits = { ...EGRESS_LIMITS, ...options.limits };
    const { clock } = options;
    this.#pool = new ConnectionPool({
      maxPerSite: this.#limits.maxConnectionsPerSite,
      maxTotal: this.#limits.maxConnections,
      maxTransactions: this.#limits.maxTransactionsPerConnection,
      idleMs: this.#limits.idleMs,
      clock,
    });
    this.#candidates = createCandidates(options.book, clock);
    this.#opener = createOpener(options, this.#candidates, this.#limits.maxAddresses);
  }

  send(site: Site, transaction: Transaction, signal: AbortSignal): Promise<readonly Outcome[]> {
    const control = new AbortController();
    const attempt: Attempt = { site, transaction, signal: control.signal, local: undefined, said: [] };
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
    this.#running.set(sending, { attempt, control });
    return sending;
  }

  /** Stops what is under way; idle connections say QUIT. */
  async close(): Promise<void> {
    for (const { control } of this.#running.values()) control.abort('the sender is shutting down');
    await Promise.allSettled(this.#running.keys());
    await this.#pool.close();
  }

  letGo(): void {
    this.#pool.closeIdle((connection) => !this.#isUsable(connection));
  }

  usesOf(addressId: number): number {
    let uses = 0;
    for (const { attempt } of this.#running.values()) if (attempt.local?.id === addressId) uses += 1;
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

  async #open(attempt: Attempt): Promise<ClientConnection | Outcome> {
    const opened = await this.#opener(attempt);
    if (!('connection' in opened)) return opened;
    this.#localOf.set(opened.connection, opened.local);
    return opened.connection;
  }

  #isUsable(connection: ClientConnection): boolean {
    const local = this.#localOf.get(connection);
    return local !== undefined && this.#options.book.isUsable(local);
  }
}

interface Running {
  readonly attempt: Attempt;
  readonly control: AbortController;
}

/** What the slot holds when it is released. */
interface Used {
  connection: ClientConnection | undefined;
}

function reasonOf(signal: AbortSignal): string {
  return typeof signal.reason === 'string' ? signal.reason : 'the sender is shutting down';
}

/** A site with several hosts that promise CHUNKING and do not understand it is not tried forever. */
const MAX_UNASKED_TRIES = 2;
