// Bulk requests over the core and stores in memory: a desk and a releaser as the thread for bulk requests has them, a clock moved
// by hand, and lanes that keep the first of two messages with the same id, as real ones do.
import { randomUUID } from 'node:crypto';
import { MemoryBulkStore } from '../../src/backends/memory/bulk-store.ts';
import { BULK_GATE, bulkGate, type BulkGateBounds } from '../../src/core/bulk/bulk-gate.ts';
import { releaseBlock } from '../../src/core/bulk/release-block.ts';
import { createBulkReleaser, type BulkReleaser } from '../../src/core/bulk/release-bulk.ts';
import { createSubmit } from '../../src/core/submit.ts';
import type { Server } from '../../src/domain/server.ts';
import type { BulkRequest } from '../../src/domain/bulk.ts';
import { createBulkDesk } from '../../src/doors/api/bulk-desk.ts';
import { createTurns } from '../../src/doors/api/turns.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { BulkAnswer, BulkDesk } from '../../src/ports/bulk-desk.ts';
import type { BulkStore } from '../../src/ports/bulk-store.ts';
import { QueueUnavailable, type NewMessage } from '../../src/ports/lane-queue.ts';
import { bulkTemplates } from './bulk-templates.ts';
import { coreWorld, turns, type CoreWorld } from './core-fixture.ts';

export interface BulkWorld {
  readonly core: CoreWorld;
  readonly bulk: BulkStore;
  readonly desk: BulkDesk;
  readonly releaser: BulkReleaser;
  /** What the lanes have, each id once, in the order of arrival. */
  readonly arrived: NewMessage[];
  /** Hand-overs of an id that the lane had. */
  repeated: number;
  /** Deliveries that a lane says to have waiting of any stream. */
  backlog: number | undefined;
  /** Before a message reaches its lane; may throw. */
  onAppend: (message: NewMessage) => void;
  send(body: unknown, as?: Server): Promise<BulkAnswer>;
  /** Of a request that has to be accepted. */
  accept(body: unknown, as?: Server): Promise<BulkRequest>;
  look(request: BulkRequest): Promise<BulkRequest>;
  /** Time passes until `done`, ten minutes at most. */
  until(done: () => boolean | Promise<boolean>): Promise<void>;
  /** A process that begins with what is on disk. */
  restart(): BulkWorld;
}

export interface BulkWorldOptions {
  readonly core?: CoreWorld;
  readonly bulk?: BulkStore;
  readonly arrived?: NewMessage[];
  readonly bounds?: Partial<BulkGateBounds>;
  readonly maxErrors?: number;
}

export async function bulkWorld(options: BulkWorldOptions = {}): Promise<BulkWorld> {
  return build(options.core ?? (await coreWorld()), options);
}

function build(core: CoreWorld, options: BulkWorldOptions): BulkWorld {
  const { clock, store, deps } = core;
  const bulk = options.bulk ?? new MemoryBulkStore({ now: () => clock.now() });
  const arrived = options.arrived ?? [];
  const templates = bulkTemplates(store, clock);
  const shared = createTurns({ sliceMs: 5, now: () => performance.now() });
  const append = async (message: NewMessage): Promise<void> => {
    world.onAppend(message);
    if (core.fail !== undefined) throw core.fail;
    if (arrived.some(({ message: { id } }) => id === message.message.id)) world.repeated += 1;
    else arrived.push(message);
  };
  const submit = createSubmit({
    ...deps,
    lane: () => ({ append, record: () => Promise.reject(new Error('nothing is recorded')) }),
  });
  const turn = (): Promise<void> => shared.take();
  const releaser = createBulkReleaser({
    bulk,
    templates,
    gate: (request) =>
      bulkGate(
        { store, laneOf: deps.laneOf, backlog: async () => world.backlog, bounds: { ...BULK_GATE, ...options.bounds } },
        request,
      ),
    release: (block) =>
      releaseBlock({ submit, templates, frontLog: core.frontLog, turn, clock, log: silentLog }, block),
    rest: async () => undefined,
    clock,
    log: silentLog,
  });
  const maxErrors = options.maxErrors === undefined ? {} : { maxErrors: options.maxErrors };
  const desk = createBulkDesk({ ...deps, store, bulk, templates, releaser, turns: shared, clock, ...maxErrors });

  const world: BulkWorld = {
    core,
    bulk,
    desk,
    releaser,
    arrived,
    repeated: 0,
    backlog: 0,
    onAppend: () => undefined,
    send: (body, as = core.server) => desk.accept({ server: as, id: randomUUID(), body: [bytesOf(body)] }),
    async accept(body, as) {
      const answer = await world.send(body, as);
      if (answer.kind !== 'accepted') throw new Error(JSON.stringify(answer));
      return answer.request;
    },
    async look({ serverId, id }) {
      const found = await bulk.find(serverId, id);
      if (found === undefined) throw new Error('the request is not there');
      return found;
    },
    async until(done) {
      for (let step = 0; step < MOST_STEPS; step += 1) {
        if (await done()) return;
        await turns(2);
        await clock.advance(STEP_MS);
      }
      throw new Error('what was waited for did not come');
    },
    restart: () => build(core, { ...options, bulk, arrived }),
  };
  return world;
}

const STEP_MS = 100;
const MOST_STEPS = 6000;

function bytesOf(body: unknown): Uint8Array {
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

export const FULL = new QueueUnavailable('the disk is full');

/** A request with so many messages, to `0@rcpt.test` and on. */
export function request(count: number, change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    From: 'ann@sender.test',
    Subject: 'Hello {{name}}',
    TextBody: 'Dear {{name}}!',
    Messages: Array.from({ length: count }, (_, index) => ({
      To: `${index}@rcpt.test`,
      TemplateModel: { name: `n${index}` },
    })),
    ...change,
  };
}

export function recipientsOf(messages: readonly NewMessage[]): readonly string[] {
  return messages.map(({ message }) => message.recipients.map(({ address }) => address).join());
}
