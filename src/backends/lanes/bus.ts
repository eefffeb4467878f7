// A bus between the threads of one installation: questions that whoever serves them answers, and things that are told.
//
// For what is rare and belongs to no pair of threads: a thread that ends and comes again is on the bus again. Promises: an
// answer or undefined within the deadline; a question is said again each second until then, so that it also reaches one who
// starts meanwhile, and is answered once; at most a bounded number is open. What is told may be lost. Values are cloned.
import { randomUUID } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import { createBoundedCache } from '../../lib/bounded-cache.ts';
import type { Clock } from '../../lib/clock.ts';

export interface BusOptions {
  /** Of the hub (bus-hub.ts). */
  readonly port: MessagePort;
  readonly clock: Clock;
  readonly maxOpen?: number;
}

export type Handler = (...args: readonly unknown[]) => unknown;

export interface Bus {
  serve(handlers: Readonly<Record<string, Handler>>, onError: (error: unknown) => void): void;
  /** Undefined where nobody answered in time, or who answers failed. */
  ask(method: string, args: readonly unknown[], deadlineMs: number): Promise<unknown>;
  tell(method: string, args: readonly unknown[]): void;
  close(): void;
}

export function joinBus({ port: channel, clock, maxOpen = MAX_OPEN }: BusOptions): Bus {
  const self = randomUUID();
  const waiting = new Map<number, (value: unknown) => void>();
  // Also those that are answered: who was busy may have said a question again with the answer already on its way.
  const taken = createBoundedCache<string, true>({ maxEntries: MAX_TAKEN, ttlMs: TAKEN_MS }, clock);
  const state = {
    last: 0,
    handlers: {} as Readonly<Record<string, Handler>>,
    onError: (_: unknown): void => undefined,
  };

  channel.on('message', (said: Said) => {
    if (said.kind === 'serve') return;
    if (said.kind === 'answer') {
      if (said.to === self) waiting.get(said.request)?.(said.value);
      return;
    }
    const handler = Object.hasOwn(state.handlers, said.method) ? state.handlers[said.method] : undefined;
    if (handler === undefined) return;
    if (said.kind === 'tell') void run(handler, said.args);
    else void answer(handler, said);
  });
  // Nobody stays alive for the bus alone.
  channel.unref();

  async function answer(handler: Handler, { from, request, args }: Extract<Said, { kind: 'ask' }>): Promise<void> {
    const key = `${from} ${request}`;
    if (taken.get(key)) return;
    taken.set(key, true);
    const value = await run(handler, args);
    channel.postMessage({ kind: 'answer', to: from, request, value } satisfies Said);
  }

  async function run(handler: Handler, args: readonly unknown[]): Promise<unknown> {
    try {
      return await handler(...args);
    } catch (error) {
      state.onError(error);
      return undefined;
    }
  }

  return {
    serve(handlers, onError) {
      Object.assign(state, { handlers, onError });
      channel.postMessage({ kind: 'serve', methods: Object.keys(handlers) } satisfies Said);
    },
    ask(method, args, deadlineMs) {
      if (waiting.size >= maxOpen) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const request = (state.last += 1);
        const until = clock.now() + deadlineMs;
        let cancel = (): void => undefined;
        const end = (value: unknown): void => {
          cancel();
          waiting.delete(request);
          resolve(value);
        };
        const say = (): void => {
          const left = until - clock.now();
          if (left <= 0) return end(undefined);
          channel.postMessage({ kind: 'ask', from: self, request, method, args } satisfies Said);
          cancel = clock.after(Math.min(left, AGAIN_MS), say);
        };
        waiting.set(request, end);
        say();
      });
    },
    tell: (method, args) => channel.postMessage({ kind: 'tell', method, args } satisfies Said),
    close() {
      for (const end of [...waiting.values()]) end(undefined);
      channel.close();
    },
  };
}

export type Said =
  | { readonly kind: 'serve'; readonly methods: readonly string[] }
  | {
      readonly kind: 'ask';
      readonly from: string;
      readonly request: number;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'tell'; readonly method: string; readonly args: readonly unknown[] }
  | { readonly kind: 'answer'; readonly to: string; readonly request: number; readonly value: unknown };

const MAX_OPEN = 1000;
const AGAIN_MS = 1000;
const MAX_TAKEN = 10_000;
/** Longer than any question is said again. */
const TAKEN_MS = 600_000;
