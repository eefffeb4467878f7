// A lane's queue seen from the accepting thread: messages are handed over in batches, one per turn of the event loop, and
// each `append` resolves when the lane says that its batch is on disk.
//
// Promises: bounded (bytes and messages waiting); what was handed to a thread that died is handed to its successor, which
// keeps the first of equal message ids; no `append` waits longer than the deadline.
import { pack, type FromLane, type LaneReport, type ToLane } from './protocol.ts';
import type { Clock } from '../../lib/clock.ts';
import { QueueUnavailable, type LaneDoor, type NewMessage } from '../../ports/lane-queue.ts';

export interface LanePort {
  postMessage(message: ToLane): void;
}

export interface LaneClientOptions {
  readonly clock: Clock;
  readonly maxWaitingBytes: number;
  readonly maxWaitingMessages: number;
  readonly deadlineMs: number;
}

export interface LaneClient extends LaneDoor {
  /** Connects to a lane's thread that said `ready`; hands over what is still waiting. */
  attach(port: LanePort): void;
  /** The thread is gone; messages wait for the next `attach`. */
  detach(): void;
  receive(message: Extract<FromLane, { kind: 'appended' | 'report' }>): void;
  /** Undefined where the lane does not answer in time. */
  report(deadlineMs: number): Promise<LaneReport | undefined>;
  readonly attached: () => boolean;
}

interface Waiting {
  readonly message: NewMessage;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
}

export function createLaneClient(options: LaneClientOptions): LaneClient {
  const { clock } = options;
  let port: LanePort | undefined;
  let collecting: Waiting[] = [];
  let flushing = false;
  const inFlight = new Map<number, Waiting[]>();
  const reports = new Map<number, (report: LaneReport | undefined) => void>();
  const waiting = { bytes: 0, messages: 0, batch: 0, request: 0 };
  let sweeping: (() => void) | undefined;

  function append(message: NewMessage): Promise<void> {
    const full =
      waiting.bytes + message.raw.length > options.maxWaitingBytes || waiting.messages >= options.maxWaitingMessages;
    if (full && waiting.messages > 0)
      return Promise.reject(new QueueUnavailable('more mail is waiting to be written than the server holds'));
    waiting.bytes += message.raw.length;
    waiting.messages += 1;
    return new Promise((resolve, reject) => {
      collecting.push({ message, resolve, reject, deadline: clock.now() + options.deadlineMs });
      if (port === undefined) sweepLater();
      else if (!flushing) {
        flushing = true;
        setImmediate(flush);
      }
    });
  }

  function flush(): void {
    flushing = false;
    if (port === undefined || collecting.length === 0) return;
    const batch = ++waiting.batch;
    inFlight.set(batch, collecting);
    port.postMessage({ kind: 'append', batch, messages: collecting.map((item) => pack(item.message)) });
    collecting = [];
    sweepLater();
  }

  function receive(message: Extract<FromLane, { kind: 'appended' | 'report' }>): void {
    if (message.kind === 'report') {
      reports.get(message.request)?.(message.report);
      reports.delete(message.request);
      return;
    }
    const items = inFlight.get(message.batch) ?? [];
    inFlight.delete(message.batch);
    for (const item of items) end(item, message.failed);
  }

  function end(item: Waiting, failed: string | undefined): void {
    waiting.bytes -= item.message.raw.length;
    waiting.messages -= 1;
    if (failed === undefined) item.resolve();
    else item.reject(new QueueUnavailable(failed));
  }

  function attach(to: LanePort): void {
    port = to;
    collecting = [...[...inFlight.values()].flat(), ...collecting];
    inFlight.clear();
    flush();
  }

  function detach(): void {
    port = undefined;
    for (const resolve of reports.values()) resolve(undefined);
    reports.clear();
    sweepLater();
  }

  /** One timer for all deadlines: it runs only while something waits. */
  function sweepLater(): void {
    sweeping ??= clock.after(SWEEP_MS, sweep);
  }

  function sweep(): void {
    sweeping = undefined;
    const now = clock.now();
    const late = (item: Waiting): boolean => item.deadline <= now;
    for (const item of collecting.filter(late)) end(item, TOO_LATE);
    collecting = collecting.filter((item) => !late(item));
    for (const [batch, items] of inFlight) {
      for (const item of items.filter(late)) end(item, TOO_LATE);
      const left = items.filter((item) => !late(item));
      if (left.length === 0) inFlight.delete(batch);
      else inFlight.set(batch, left);
    }
    if (collecting.length > 0 || inFlight.size > 0) sweepLater();
  }

  function report(deadlineMs: number): Promise<LaneReport | undefined> {
    const to = port;
    if (to === undefined) return Promise.resolve(undefined);
    const request = ++waiting.request;
    return new Promise((resolve) => {
      const cancel = clock.after(deadlineMs, () => done(undefined));
      const done = (result: LaneReport | undefined): void => {
        cancel();
        reports.delete(request);
        resolve(result);
      };
      reports.set(request, done);
      to.postMessage({ kind: 'report', request });
    });
  }

  return { append, attach, detach, receive, report, attached: () => port !== undefined };
}

const SWEEP_MS = 1000;
const TOO_LATE = 'the queue did not answer in time';
