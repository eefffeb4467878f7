// Calls between two threads over whatever carries messages between them, in both directions.
//
// Promises: each call ends once: with what the other side returned, with `CallFailed` where it threw, or with `CallLost`
// where it is gone, does not answer in time, or has too many calls to answer already. Values are cloned, and what is
// named in `transfer` is moved.
import type { Transferable } from 'node:worker_threads';
import type { Clock } from '../../lib/clock.ts';

export type CallSaid =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: string };

export class CallFailed extends Error {
  override readonly name = 'CallFailed';
}

export class CallLost extends Error {
  override readonly name = 'CallLost';
}

export interface CallsOptions {
  /** Throws, or does nothing, where nobody is there. */
  readonly post: (said: CallSaid, transfer: readonly Transferable[]) => void;
  readonly handlers: Readonly<Record<string, (...args: readonly never[]) => unknown>>;
  /** What a handler threw. */
  readonly onError: (method: string, error: unknown) => void;
  readonly clock: Clock;
  /** Calls of this side that may wait. */
  readonly maxWaiting?: number;
}

export interface CallOptions {
  readonly deadlineMs: number;
  readonly transfer?: readonly Transferable[];
}

export interface Calls {
  call(method: string, args: readonly unknown[], options: CallOptions): Promise<unknown>;
  receive(said: CallSaid): void;
  /** The other side is gone: whoever waits is told. */
  lost(): void;
}

const MAX_WAITING = 1000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export function createCalls({ post, handlers, onError, clock, maxWaiting = MAX_WAITING }: CallsOptions): Calls {
  const waiting = new Map<number, Waiting>();
  let last = 0;

  async function answer({ id, method, args }: Extract<CallSaid, { kind: 'call' }>): Promise<void> {
    try {
      const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
      if (handler === undefined) throw new Error(`nobody answers ${method}`);
      post({ kind: 'result', id, value: await handler(...(args as readonly never[])) }, []);
    } catch (error) {
      onError(method, error);
      post({ kind: 'failure', id, error: error instanceof Error ? error.message : String(error) }, []);
    }
  }

  return {
    call(method, args, { deadlineMs, transfer = [] }) {
      if (waiting.size >= maxWaiting) return Promise.reject(new CallLost(`too many calls wait already for ${method}`));
      return new Promise((resolve, reject) => {
        const id = (last += 1);
        const end = (): void => {
          cancel();
          waiting.delete(id);
        };
        const cancel = clock.after(deadlineMs, () => {
          end();
          reject(new CallLost(`${method} was not answered within ${deadlineMs} ms`));
        });
        waiting.set(id, {
          resolve: (value) => (end(), resolve(value)),
          reject: (error) => (end(), reject(error)),
        });
        post({ kind: 'call', id, method, args }, transfer);
      });
    },
    receive(said) {
      switch (said.kind) {
        case 'call':
          return void answer(said);
        case 'result':
          return waiting.get(said.id)?.resolve(said.value);
        case 'failure':
          return waiting.get(said.id)?.reject(new CallFailed(said.error));
      }
    },
    lost() {
      for (const { reject } of [...waiting.values()]) reject(new CallLost('the other side is gone'));
    },
  };
}
