// Work that is done one at a time, for groups that take turns: who brings much waits behind itself and not before the others.
//
// Promises: the groups that wait are served in rotation, each first come, first served; a bounded number waits, and one more is
// turned away.

export interface FairLine {
  /** Undefined where too many wait. Ends with what `work` ends with. */
  enter<T>(group: number, work: () => Promise<T>): Promise<T> | undefined;
  readonly waiting: number;
}

export interface FairLineOptions {
  readonly maxWaiting: number;
  /** Of one group. */
  readonly maxWaitingOfGroup: number;
}

export function createFairLine({ maxWaiting, maxWaitingOfGroup }: FairLineOptions): FairLine {
  /** In the order of their turns. */
  const groups = new Map<number, (() => void)[]>();
  let waiting = 0;
  let busy = false;

  const next = (): void => {
    const [first] = groups;
    if (first === undefined) {
      busy = false;
      return;
    }
    const [group, line] = first;
    const start = line.shift();
    groups.delete(group);
    if (line.length > 0) groups.set(group, line);
    waiting -= 1;
    start?.();
  };

  return {
    enter<T>(group: number, work: () => Promise<T>) {
      const line = groups.get(group) ?? [];
      if (waiting >= maxWaiting || line.length >= maxWaitingOfGroup) return undefined;
      return new Promise<T>((resolve, reject) => {
        line.push(() => void work().then(resolve, reject).finally(next));
        groups.set(group, line);
        waiting += 1;
        if (busy) return;
        busy = true;
        next();
      });
    },
    get waiting() {
      return waiting;
    },
  };
}
