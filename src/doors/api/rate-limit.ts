// Requests of a server per minute, and the headers that tell of it: `X-RateLimit-Limit`, `X-RateLimit-Remaining`, and
// `X-RateLimit-Reset` (Unix seconds). Off unless the installation or the server has a limit; ours, as Postmark names none.
//
// Promises: nothing is counted and no header is set for who has no limit; a window is a minute of the clock, the same for all.
// Beyond the limit the answer is 429, with `Retry-After` up to the end of the window. Counts are kept in memory, of a bounded
// number of servers; the one that is asked for longest ago is forgotten first, in its favour.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Server } from '../../domain/server.ts';
import { createBoundedCache } from '../../lib/bounded-cache.ts';
import type { Clock } from '../../lib/clock.ts';

export interface RateLimitOptions {
  /** Of servers without a limit of their own; 0 is none. */
  readonly perMinute: number;
  readonly clock: Pick<Clock, 'now'>;
}

export interface RateLimit {
  /** Counts the request; true where it is one too many. */
  isOver(request: FastifyRequest, server: Pick<Server, 'id' | 'settings'>): boolean;
}

const WINDOW_MS = 60_000;
const MAX_SERVERS = 10_000;

interface Window {
  readonly endsAt: number;
  count: number;
}

interface Told {
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: number;
  readonly isOver: boolean;
}

export function createRateLimit(app: FastifyInstance, { perMinute, clock }: RateLimitOptions): RateLimit {
  const windows = createBoundedCache<number, Window>({ maxEntries: MAX_SERVERS, ttlMs: WINDOW_MS }, clock);
  const told = new WeakMap<FastifyRequest, Told>();

  app.addHook('onSend', (request, reply, _payload, done) => {
    const known = told.get(request);
    if (known !== undefined) void reply.headers(headersOf(known, clock.now()));
    done();
  });

  return {
    isOver(request, { id, settings }) {
      const limit = settings.requestsPerMinute ?? perMinute;
      if (limit <= 0) return false;
      const window = windows.get(id) ?? openWindow(clock.now());
      if (window.count === 0) windows.set(id, window, window.endsAt - clock.now());
      const isOver = window.count >= limit;
      if (!isOver) window.count += 1;
      told.set(request, { limit, remaining: limit - window.count, resetAt: window.endsAt, isOver });
      return isOver;
    },
  };
}

function openWindow(now: number): Window {
  return { endsAt: (Math.floor(now / WINDOW_MS) + 1) * WINDOW_MS, count: 0 };
}

const SECOND_MS = 1000;

function headersOf({ limit, remaining, resetAt, isOver }: Told, now: number): Record<string, string> {
  return {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(Math.max(remaining, 0)),
    'X-RateLimit-Reset': String(Math.ceil(resetAt / SECOND_MS)),
    ...(isOver && { 'Retry-After': String(Math.max(Math.ceil((resetAt - now) / SECOND_MS), 1)) }),
  };
}
