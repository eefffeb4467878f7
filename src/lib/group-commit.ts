// Group commit: many small durable writes share one transaction, so that the disk syncs once a group and not once a write.
//
// Items that are added while the event loop is busy, or while a commit runs, form the next group: under load groups
// grow by themselves, and an idle system waits for nothing. Promises: items are committed in the order of `add`; an
// item's promise resolves only after its group is durable, and rejects only when nothing of the item was kept; one bad
// item does not fail its group where `retry` says how to try again without it. Leaves to others: the transaction.

export interface GroupCommitOptions<T extends object> {
  /** Writes all items in one durable transaction; throws (or rejects) when none of them was kept. */
  readonly commit: (items: readonly T[]) => void | Promise<void>;
  /** After a failed group: the smaller groups to try again. Items in none of them fail with `error`. Never throws. */
  readonly retry: (items: readonly T[], error: unknown) => readonly (readonly T[])[];
  /** Bytes that an item adds to a transaction, roughly. */
  readonly sizeOf: (item: T) => number;
  /** Most items in a transaction. */
  readonly maxItems: number;
  /** A group is closed when it reaches this many bytes; a larger item is a group of its own. */
  readonly maxBytes: number;
  /** Runs a task soon, after what is ready to run now; `setImmediate` unless told. */
  readonly schedule?: (task: () => void) => void;
  /** Items that nobody waits for: they go with the next group, or alone after `wait`. None unless told. */
  readonly patient?: Patience<T>;
}

export interface Patience<T> {
  readonly isPatient: (item: T) => boolean;
  /** Runs a task after the longest time that a patient item waits for company; the result cancels it. */
  readonly wait: (task: () => void) => () => void;
}

interface Waiting<T> {
  readonly item: T;
  readonly size: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit<T extends object> {
  readonly #options: GroupCommitOptions<T>;
  readonly #schedule: (task: () => void) => void;
  readonly #waiting: Waiting<T>[] = [];
  #bytes = 0;
  #running = false;
  #hurried = 0;
  #stopWaiting: (() => void) | undefined;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions<T>) {
    this.#options = options;
    this.#schedule = options.schedule ?? ((task) => void setImmediate(task));
  }

  /** Bytes that wait for a commit: what callers bound. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /** Each item is an object of its own: the same one is not added twice. */
  add(item: T): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('no writes are taken after close'));
    const size = this.#options.sizeOf(item);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, size, resolve, reject });
      this.#bytes += size;
      if (!this.#isPatient(item)) this.#hurried += 1;
      this.#start();
    });
  }

  /** Takes nothing more; resolves when all that was added is committed or has failed. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#waiting.length > 0) this.#begin();
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #isPatient(item: T): boolean {
    return this.#options.patient?.isPatient(item) === true;
  }

  #start(): void {
    if (this.#running) return;
    const { patient, maxItems } = this.#options;
    if (patient === undefined || this.#hurried > 0 || this.#closed || this.#waiting.length >= maxItems)
      return this.#begin();
    this.#stopWaiting ??= patient.wait(() => this.#begin());
  }

  #begin(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    if (this.#running) return;
    this.#running = true;
    this.#schedule(() => void this.#next());
  }

  async #next(): Promise<void> {
    await this.#write(this.#take());
    this.#running = false;
    if (this.#waiting.length > 0) return this.#start();
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #take(): Waiting<T>[] {
    const { maxItems, maxBytes } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const { size } of this.#waiting) {
      if (count === maxItems || (count > 0 && bytes + size > maxBytes)) break;
      bytes += size;
      count += 1;
    }
    this.#bytes -= bytes;
    const taken = this.#waiting.splice(0, count);
    for (const { item } of taken) if (!this.#isPatient(item)) this.#hurried -= 1;
    return taken;
  }

  async #write(group: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.#options.commit(group.map(({ item }) => item));
    } catch (error) {
      return this.#writeAgain(group, error);
    }
    for (const { resolve } of group) resolve();
  }

  async #writeAgain(group: readonly Waiting<T>[], error: unknown): Promise<void> {
    const left = new Map(group.map((waiting) => [waiting.item, waiting]));
    const smaller = this.#options
      .retry([...left.keys()], error)
      // A group that did not shrink would fail for ever.
      .filter((items) => items.length > 0 && items.length < group.length);
    const again = smaller.map((items) => items.flatMap((item) => left.get(item) ?? []));
    for (const { item } of again.flat()) left.delete(item);
    for (const { reject } of left.values()) reject(error);
    for (const part of again) await this.#write(part);
  }
}
