// A lane's queue seen from the accepting thread: messages and later facts are handed over in batches, one per turn of the
// event loop, and each call resolves when the lane says that its batch is on disk.
//
// Promises: bounded (bytes and items waiting); what was handed to a thread that died is handed to its successor, which
// keeps the first of equal message ids (facts may be written twice); no call waits longer than the deadline.
import { createHandOver } from './hand-over.ts';
import { pack, type FromLane, type LaneReport, type ToLane } from './protocol.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LaneDoor, NewMessage } from '../../ports/lane-queue.ts';
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

type Heard = Extract<FromLane, { kind: 'appended' | 'recorded' | 'report' | 'answer' }>;

export interface LaneClient extends LaneDoor {
  /** Connects to a lane's thread that said `ready`; hands over what is still waiting. */
  attach(port: LanePort): void;
  /** The thread is gone; what is handed over waits for the next `attach`. */
  detach(): void;
  receive(message: Heard): void;
  /** Undefined where the lane does not answer in time. */
  report(deadlineMs: number): Promise<LaneReport | undefined>;
  /** Undefined also where it cannot tell, or where too many questions wait already. */
  ask<T extends LaneTopic>(question: LaneQuestion<T>, deadlineMs: number): Promise<LaneAnswer<T> | undefined>;
  readonly attached: () => boolean;
}

export function createLaneClient(options: LaneClientOptions): LaneClient {
  const { clock, maxWaitingBytes, maxWaitingMessages: maxWaitingItems, deadlineMs } = options;
  const bounds = { clock, maxWaitingBytes, maxWaitingItems, deadlineMs };
  let port: LanePort | undefined;
  /** Who waits for a report or an answer, by the number of the request. */
  const askers = new Map<number, (answer: unknown) => void>();
  let requests = 0;

  const messages = createHandOver<NewMessage>({
    ...bounds,
    sizeOf: ({ raw }) => raw.length,
    send: (batch, items) => port?.postMessage({ kind: 'append', batch, messages: items.map(pack) }),
  });
  /** Each item is the JSON of a list of events. */
  const facts = createHandOver<string>({
    ...bounds,
    sizeOf: (text) => text.length,
    send: (batch, items) => port?.postMessage({ kind: 'record', batch, events: items }),
  });

  function receive(message: Heard): void {
    switch (message.kind) {
      case 'appended':
        return messages.answered(message.batch, message.failed);
      case 'recorded':
        return facts.answered(message.batch, message.failed);
      case 'report':
        return askers.get(message.request)?.(message.report);
      case 'answer':
        return askers.get(message.request)?.(message.answer);
    }
  }

  function attach(to: LanePort): void {
    port = to;
    messages.attach();
    facts.attach();
  }

  function detach(): void {
    port = undefined;
    for (const resolve of askers.values()) resolve(undefined);
    messages.detach();
    facts.detach();
  }

  /** Numbers a request, sends it, and waits; `undefined` is no answer. */
  function request(deadlineMs: number, toSend: (number: number) => ToLane): Promise<unknown> {
    const to = port;
    if (to === undefined || askers.size >= MAX_ASKERS) return Promise.resolve(undefined);
    const number = ++requests;
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

  return {
    append: (message) => messages.add(message),
    record: (events) => (events.length === 0 ? Promise.resolve() : facts.add(JSON.stringify(events))),
    attach,
    detach,
    receive,
    report,
    ask,
    attached: () => port !== undefined,
  };
}

/** Reports and answers that are waited for at a time. */
const MAX_ASKERS = 256;
