// A lane's queue seen from the accepting thread: messages are handed over in batches, one per turn of the event loop, and
// each `append` resolves when the lane says that its batch is on disk.
//
// Promises: bounded (bytes and messages waiting); what was handed to a thread that died is handed to its successor, which
// keeps the first of equal message ids; no `append` waits longer than the deadline.
import { pack, type FromLane, type LaneReport, type ToLane } from './protocol.ts';
import type { Clock } from '../../lib/clock.ts';
import { QueueUnavailable, type LaneDoor, type NewMessage } from '../../ports/lane-queue.ts';
import type { LaneAnswer, LaneQuestion, LaneTopic } from '../../ports/lane-questions.ts';

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
  receive(message: Heard): void;
  /** Undefined where the lane does not answer in time. */
  report(deadlineMs: number): Promise<LaneReport | undefined>;
  /** Undefined also where it cannot tell, or where too many questions wait already. */
  ask<T extends LaneTopic>(question: LaneQuestion<T>, deadlineMs: number): Promise<LaneAnswer<T> | undefined>;
  readonly attached: () => boolean;
}

type Heard = Extract<FromLane, { kind: 'appended' | 'report' | 'answer' }>;

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
  /** Who waits for a report or an answer, by the number of the request. */
  const askers = new Map<number, (answer: unknown) => void>();
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

  function receive(message: Heard): void {
    if (message.kind === 'report') return askers.get(message.request)?.(message.report);
    if (message.kind === 'answer') return askers.get(message.request)?.(message.answer);
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
    for (const resolve of askers.values()) resolve(undefined);
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

  /** Numbers a request, sends it, and waits; `undefined` is no answer. */
  function request(deadlineMs: number, toSend: (number: number) => ToLane): Promise<unknown> {
    const to = port;
    if (to === undefined || askers.size >= MAX_ASKERS) return Promise.resolve(undefined);
    const number = ++waiting.request;
    return new Promise((resolve) => {
      const cancel = clock.after(deadlineMs, () => done(undefined));
      const done = (answer: unknown): void => {
        cancel();
        askers.delete(number);
        resolve(answer);
      };
      askers.set(number, done);
      to.postMessage(toSend(number));
    });
  }

  async function report(deadlineMs: number): Promise<LaneReport | undefined> {
    return (await request(deadlineMs, (number) => ({ kind: 'report', request: number }))) as LaneReport | undefined;
  }

  async function ask<T extends LaneTopic>(
    question: LaneQuestion<T>,
    deadlineMs: number,
  ): Promise<LaneAnswer<T> | undefined> {
    const asked = question as LaneQuestion;
    const answer = await request(deadlineMs, (number) => ({ kind: 'ask', request: number, question: asked }));
    // The lane answers a topic with what the topic promises; the port between us forgets types.
    return answer as LaneAnswer<T> | undefined;
  }

  return { append, attach, detach, receive, report, ask, attached: () => port !== undefined };
}

const SWEEP_MS = 1000;
/** Reports and answers that are waited for at a time. */
const MAX_ASKERS = 256;
const TOO_LATE = 'the queue did not answer in time';
