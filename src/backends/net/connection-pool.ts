// Open connections of one lane, by site: idle ones are handed out again, and there are never more than allowed.
//
// Promises: at most `maxPerSite` slots per site and `maxTotal` in all; a slot waits for its turn in order of arrival within
// its site, and sites that wait for room in all take turns; an idle connection closes after `idleMs`, or earlier when its
// room is needed elsewhere, or at once when the far side ends it.
// Asks of callers: release each slot exactly once; bound the number of those who wait. Leaves to others: opening.
import type { Clock } from '../../lib/clock.ts';

export interface Pooled {
  /** False once it can carry no further transaction. */
  readonly usable: boolean;
  /** How many it has carried. */
  readonly transactions: number;
  onLost(callback: () => void): void;
  /** Resolves when it is closed, soon. */
  quit(): Promise<void>;
}

export interface PoolOptions {
  readonly maxPerSite: number;
  readonly maxTotal: number;
  /** Milliseconds. Shorter than what servers grant, so that few are found closed. */
  readonly idleMs: number;
  /** Of one connection; then it is closed. */
  readonly maxTransactions: number;
  readonly clock: Clock;
}

/** The right to have one connection to the site. */
export interface Slot<C> {
  /** An idle connection to go on with; without one, the holder opens its own. */
  readonly idle: C | undefined;
  /** Gives the right back, and the connection where it may be used again. */
  release(connection: C | undefined): void;
}

interface Waiter<C> {
  readonly grant: (idle: C | undefined) => void;
}

interface SiteState<C> {
  readonly key: string;
  /** Slots held and idle connections together. */
  open: number;
  readonly idle: C[];
  readonly waiting: Set<Waiter<C>>;
}

interface Idle<C> {
  readonly site: SiteState<C>;
  readonly since: number;
}

export class ConnectionPool<C extends Pooled> {
  readonly #options: PoolOptions;
  readonly #sites = new Map<string, SiteState<C>>();
  /** In order of becoming idle: the first one has idled longest. */
  readonly #idle = new Map<C, Idle<C>>();
  readonly #closing = new Set<Promise<void>>();
  #open = 0;
  #closed = false;
  #cancelSweep: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get load(): { readonly open: number; readonly idle: number; readonly sites: number } {
    return { open: this.#open, idle: this.#idle.size, sites: this.#sites.size };
  }

  /** A slot for the site with this key; undefined when `signal` aborts, or the pool closes, before its turn. */
  acquire(key: string, signal: AbortSignal): Promise<Slot<C> | undefined> {
    if (this.#closed || signal.aborted) return Promise.resolve(undefined);
    const site = this.#sites.get(key) ?? { key, open: 0, idle: [], waiting: new Set() };
    this.#sites.set(key, site);
    const idle = this.#takeIdle(site);
    if (idle !== undefined) return Promise.resolve(this.#slot(site, idle));
    if (this.#mayOpen(site)) return Promise.resolve(this.#opened(site));
    return this.#wait(site, signal);
  }

  /** Closes idle connections, and those in use when they are released. Nobody gets a slot any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSweep?.();
    for (const connection of [...this.#idle.keys()]) this.#retire(connection);
    for (const site of [...this.#sites.values()]) for (const waiter of site.waiting) waiter.grant(undefined);
    await Promise.all(this.#closing);
  }

  /** Closes the idle connections that `doomed` names. */
  closeIdle(doomed: (connection: C) => boolean): void {
    for (const connection of [...this.#idle.keys()]) if (doomed(connection)) this.#retire(connection);
  }

  #takeIdle(site: SiteState<C>): C | undefined {
    // The one that idled least is the least likely to be closed by the far side.
    const connection = site.idle.pop();
    if (connection !== undefined) this.#idle.delete(connection);
    return connection;
  }

  #mayOpen(site: SiteState<C>): boolean {
    const { maxPerSite, maxTotal } = this.#options;
    if (site.open >= maxPerSite) return false;
    if (this.#open < maxTotal) return true;
    const oldest = this.#idle.keys().next();
    if (oldest.done === true) return false;
    this.#retire(oldest.value);
    return this.#open < maxTotal;
  }

  #opened(site: SiteState<C>): Slot<C> {
    site.open += 1;
    this.#open += 1;
    return this.#slot(site, undefined);
  }

  #slot(site: SiteState<C>, idle: C | undefined): Slot<C> {
    let held = true;
    return {
      idle,
      release: (connection) => {
        if (!held) throw new Error('a slot was released twice');
        held = false;
        this.#release(site, connection);
      },
    };
  }

  #wait(site: SiteState<C>, signal: AbortSignal): Promise<Slot<C> | undefined> {
    return new Promise((resolve) => {
      const end = (): void => {
        site.waiting.delete(waiter);
        signal.removeEventListener('abort', leave);
      };
      const leave = (): void => {
        end();
        this.#forget(site);
        resolve(undefined);
      };
      const waiter: Waiter<C> = {
        grant: (idle) => {
          end();
          if (this.#closed) resolve(undefined);
          else resolve(idle === undefined ? this.#opened(site) : this.#slot(site, idle));
        },
      };
      site.waiting.add(waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #release(site: SiteState<C>, connection: C | undefined): void {
    const { maxTransactions, maxTotal } = this.#options;
    if (this.#closed || connection?.usable !== true || connection.transactions >= maxTransactions) {
      if (connection !== undefined) this.#quit(connection);
      this.#free(site);
      return;
    }
    const next = first(site.waiting);
    if (next !== undefined) next.grant(connection);
    else if (this.#open >= maxTotal && this.#anyoneWaits()) {
      this.#quit(connection);
      this.#free(site);
    } else this.#putIdle(site, connection);
  }

  #putIdle(site: SiteState<C>, connection: C): void {
    site.idle.push(connection);
    this.#idle.set(connection, { site, since: this.#options.clock.now() });
    connection.onLost(() => this.#retire(connection));
    this.#sweepLater();
  }

  /** Closes an idle connection; does nothing for one in use. */
  #retire(connection: C): void {
    const site = this.#idle.get(connection)?.site;
    if (site === undefined) return;
    this.#idle.delete(connection);
    site.idle.splice(site.idle.indexOf(connection), 1);
    this.#quit(connection);
    this.#free(site);
  }

  #quit(connection: C): void {
    const closing = connection.quit();
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }

  /** One connection less: whoever waited longest for this room may open one; its own site first, then the others in turn. */
  #free(site: SiteState<C>): void {
    site.open -= 1;
    this.#open -= 1;
    const waiting = this.#nextSite(site);
    if (waiting !== undefined) {
      // To the end of the line: sites that wait take turns.
      this.#sites.delete(waiting.key);
      this.#sites.set(waiting.key, waiting);
      first(waiting.waiting)?.grant(undefined);
    }
    this.#forget(site);
  }

  #nextSite(freed: SiteState<C>): SiteState<C> | undefined {
    if (this.#open >= this.#options.maxTotal) return undefined;
    // Where the limit in all is not the one that holds back, only the site of the freed slot can be waiting.
    if (this.#open + 1 < this.#options.maxTotal) return this.#mayServe(freed) ? freed : undefined;
    for (const site of this.#sites.values()) if (this.#mayServe(site)) return site;
    return undefined;
  }

  #mayServe(site: SiteState<C>): boolean {
    return site.waiting.size > 0 && site.open < this.#options.maxPerSite;
  }

  #anyoneWaits(): boolean {
    for (const site of this.#sites.values()) if (this.#mayServe(site)) return true;
    return false;
  }

  #forget(site: SiteState<C>): void {
    if (site.open === 0 && site.waiting.size === 0 && this.#sites.get(site.key) === site) this.#sites.delete(site.key);
  }

  #sweepLater(): void {
    if (this.#cancelSweep !== undefined || this.#closed) return;
    const oldest = this.#idle.values().next();
    if (oldest.done === true) return;
    const { clock, idleMs } = this.#options;
    this.#cancelSweep = clock.after(Math.max(oldest.value.since + idleMs - clock.now(), 0), () => {
      this.#cancelSweep = undefined;
      const before = clock.now() - idleMs;
      for (const [connection, { since }] of [...this.#idle]) if (since <= before) this.#retire(connection);
      this.#sweepLater();
    });
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const item of set) return item;
  return undefined;
}
