// Releases bulk requests in the background: a block of messages of one request at a time, servers in turn, within a server its
// streams in turn, within a stream the oldest request first.
//
// Promises: every message of a request ends once, as released or as failed, in order; the counters move with the cursor, in
// one commit, after what they count is on disk. After a crash at most one block of each request is handed over again, under
// the same ids, which its lane recognises (not where the stream got another pool meanwhile); bounces of messages that
// could not be rendered may be written twice then. Never rejects: what goes wrong is logged and tried again.
import type { Templates, SendableTemplate } from '../sendable-template.ts';
import type { Gate } from './bulk-gate.ts';
import { blockSize, createReservations } from './bulk-pieces.ts';
import type { Block, EntryResult } from './release-block.ts';
import { inTurn, type Turn } from './turn-of-streams.ts';
import type { ApiError } from '../../domain/api-error.ts';
import { isFinished, withFailures, type BulkContent, type BulkRequest } from '../../domain/bulk.ts';
import { BULK_ERRORS } from '../../domain/bulk-errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import type { BulkCancelled } from '../../ports/bulk-desk.ts';
import type { BulkStore } from '../../ports/bulk-store.ts';

export interface BulkReleaserDeps {
  readonly bulk: BulkStore;
  readonly templates: Pick<Templates, 'find' | 'fromContent'>;
  readonly gate: (request: BulkRequest) => Promise<Gate>;
  readonly release: (block: Block) => Promise<readonly EntryResult[]>;
  /** Between two blocks: rests for as long as others need the machine more. */
  readonly rest: (workedMs: number) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface BulkReleaser {
  start(): void;
  /** There is something new. */
  wake(): void;
  cancel(serverId: ServerId, id: string): Promise<BulkCancelled>;
  /** Resolves when the block under way has ended and is counted. */
  stop(): Promise<void>;
}

const IDLE_MS = 1000;
const TROUBLE_MS = 1000;
const LATER_MS = 500;
/** Until a sender is tried again that may not send at present. */
const WAITS_MS = 5000;
/** Times that one message may fail in a way nobody foresaw; then it counts as failed. */
const MOST_TRIES = 5;
const CANCELLED_NOTE = 'Cancelled over the API. What had not been released is not sent.';

export function createBulkReleaser(deps: BulkReleaserDeps): BulkReleaser {
  const { bulk, clock, log } = deps;
  const reservations = createReservations(bulk, clock);
  const turns: Turn = new Map();
  const working = new Map<number, Promise<unknown>>();
  const cancelling = new Set<number>();
  /** By request: the place that broke, and how often. */
  const broken = new Map<number, { readonly index: number; readonly times: number }>();
  let kept: Job | undefined;
  let stopping = false;
  let woken = false;
  let wakeUp = (): void => undefined;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopping) {
      const waitMs = await round().catch((cause: unknown) => {
        log.error({ err: cause }, 'bulk requests could not be read; trying again');
        return TROUBLE_MS;
      });
      if (waitMs > 0 && !stopping && !woken) await sleep(waitMs);
      woken = false;
    }
  }

  function wake(): void {
    woken = true;
    wakeUp();
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }

  /** One block of each server that has something to release; how long to wait until the next look. */
  async function round(): Promise<number> {
    const waiting = await bulk.waiting();
    let waitMs = IDLE_MS;
    for (const streams of inTurn(waiting, turns)) {
      for (const request of streams) {
        if (stopping) return 0;
        const ms = await attempt(request);
        waitMs = Math.min(waitMs, ms);
        if (ms === 0) break;
      }
    }
    return waitMs;
  }

  /** 0 where something was done. */
  async function attempt(request: BulkRequest): Promise<number> {
    const work = step(request).catch((cause: unknown) => {
      log.error({ err: cause, bulkId: request.id }, 'a bulk request could not go on; trying again');
      return TROUBLE_MS;
    });
    working.set(request.seq, work);
    const ms = await work;
    working.delete(request.seq);
    return ms;
  }

  async function step({ serverId, id }: BulkRequest): Promise<number> {
    const request = await bulk.find(serverId, id);
    if (request === undefined || isFinished(request) || cancelling.has(request.seq)) return 0;
    if (request.next >= request.total) return end(request, 'Completed', undefined);
    const gate = await deps.gate(request);
    if (gate.kind === 'over') return end(request, 'Failed', gate.note);
    if (gate.kind === 'waits') {
      if (gate.note !== undefined) await note(request, gate.note);
      return gate.forMs;
    }
    const job = await jobOf(request);
    if (job.kind === 'refused') return end(request, 'Failed', job.error.message);
    const begunAt = clock.now();
    const ms = await releaseSome(request, gate, job);
    if (ms === 0) await deps.rest(clock.now() - begunAt);
    return ms;
  }

  async function releaseSome(request: BulkRequest, gate: Extract<Gate, { kind: 'open' }>, job: Job): Promise<number> {
    const { seq, next: first } = request;
    const entries = await bulk.entries(seq, first, Math.min(gate.room, blockSize(job.content)));
    if (entries.length === 0) throw new Error(`the messages of ${request.id} from ${first} on are not there`);
    const reservedAt = await reservations.of(request);
    const { content, template } = job;
    const results = await deps.release({
      request,
      principal: gate.principal,
      content,
      template,
      entries,
      first,
      reservedAt,
    });
    const done = countable(request, results);
    const counted = await count(request, done, { whole: done.length === entries.length, reservedAt });
    if (done.length > 0) await note(request, undefined);
    if (counted.next >= request.total) return end(request, 'Completed', undefined);
    return done.length === entries.length ? gate.restMs : afterHitch(request, results[done.length]);
  }

  /** The results up to the first that is none; a message that breaks again and again is a failure. */
  function countable(request: BulkRequest, results: readonly EntryResult[]): readonly EntryResult[] {
    const at = results.findIndex(({ kind }) => kind !== 'released' && kind !== 'failed');
    if (at < 0) return results;
    const done = results.slice(0, at);
    const hitch = results[at];
    if (hitch?.kind !== 'broken') return done;
    const index = request.next + at;
    const before = broken.get(request.seq);
    const times = (before?.index === index ? before.times : 0) + 1;
    broken.set(request.seq, { index, times });
    log.error({ err: hitch.cause, bulkId: request.id, index, times }, 'a message of a bulk request could not be made');
    if (times < MOST_TRIES) return done;
    broken.delete(request.seq);
    const { code, message } = BULK_ERRORS.unexpected();
    return [...done, { kind: 'failed', code, message }];
  }

  async function count(
    request: BulkRequest,
    done: readonly EntryResult[],
    { whole, reservedAt }: { readonly whole: boolean; readonly reservedAt: number },
  ): Promise<{ readonly next: number }> {
    const failed = done.filter((result) => result.kind === 'failed');
    const next = request.next + done.length;
    // Of a part of a block the rest may have been handed over: it keeps its ids.
    const reserved = whole ? reservations.renewed(request) : reservedAt;
    if (done.length > 0) {
      await bulk.advance(request.seq, {
        next,
        released: request.released + done.length - failed.length,
        failed: request.failed + failed.length,
        failures: withFailures(request.failures, failed),
        reservedAt: reserved,
      });
    }
    return { next };
  }

  async function afterHitch(request: BulkRequest, hitch: EntryResult | undefined): Promise<number> {
    if (hitch?.kind === 'waits') {
      await note(request, hitch.note);
      return WAITS_MS;
    }
    if (hitch?.kind === 'broken') return TROUBLE_MS * (broken.get(request.seq)?.times ?? 1);
    return hitch?.kind === 'later' ? LATER_MS : TROUBLE_MS;
  }

  async function note(request: BulkRequest, text: string | undefined): Promise<void> {
    if (text === request.note) return;
    if (text !== undefined) log.info({ bulkId: request.id, why: text }, 'a bulk request waits');
    await bulk.setNote(request.seq, text);
  }

  async function end(request: BulkRequest, status: 'Completed' | 'Failed', text: string | undefined): Promise<0> {
    await bulk.finish(request.seq, status, { at: clock.now(), note: text });
    reservations.forget(request);
    broken.delete(request.seq);
    if (kept?.seq === request.seq) kept = undefined;
    log.info({ bulkId: request.id, serverId: request.serverId, status, why: text }, 'a bulk request has ended');
    return 0;
  }

  /** The shared content and its template; those of the last request are kept at hand. */
  async function jobOf(request: BulkRequest): Promise<Job | { readonly kind: 'refused'; readonly error: ApiError }> {
    const content = kept?.seq === request.seq ? kept.content : await bulk.content(request.seq);
    if (content === undefined) throw new Error(`the content of ${request.id} is not there`);
    const found = await templateOf(request, content);
    if (found.kind === 'refused') return found;
    return (kept = { kind: 'job', seq: request.seq, content, template: found.template });
  }

  function templateOf(request: BulkRequest, content: BulkContent): ReturnType<Templates['find']> {
    if (content.template !== undefined) return deps.templates.find(request.serverId, content.template);
    const { subject, htmlBody, textBody } = content;
    const texts = {
      ...(subject !== undefined && { subject }),
      ...(htmlBody !== undefined && { htmlBody }),
      ...(textBody !== undefined && { textBody }),
    };
    return Promise.resolve(deps.templates.fromContent(texts));
  }

  return {
    start: () => void (running = run()),
    wake,
    async cancel(serverId, id) {
      const found = await bulk.find(serverId, id);
      if (found === undefined) return { kind: 'not-found' };
      if (isFinished(found)) return { kind: found.status === 'Cancelled' ? 'cancelled' : 'finished', request: found };
      cancelling.add(found.seq);
      await working.get(found.seq);
      await bulk.finish(found.seq, 'Cancelled', { at: clock.now(), note: CANCELLED_NOTE });
      cancelling.delete(found.seq);
      wake();
      const request = await bulk.find(serverId, id);
      if (request === undefined) return { kind: 'not-found' };
      return { kind: request.status === 'Cancelled' ? 'cancelled' : 'finished', request };
    },
    async stop() {
      stopping = true;
      wake();
      await running;
    },
  };
}

interface Job {
  readonly kind: 'job';
  readonly seq: number;
  readonly content: BulkContent;
  readonly template: SendableTemplate;
}
