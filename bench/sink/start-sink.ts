// The parent's end of the sink: starts it, asks it, waits for it, each with a deadline.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { takePrecedence } from '../system/precedence.ts';
import type { Scope } from '../system/scope.ts';
import type { SinkAnswer, SinkCount, SinkRequest } from './smtp-sink.ts';
import { NORMAL_MODE, type SinkMode } from './sink-session.ts';

export interface Sink {
  readonly port: number;
  readonly pid: number;
  mode(mode: Partial<SinkMode>): Promise<void>;
  reset(): Promise<void>;
  count(): Promise<SinkCount>;
  /** Waits for so many different messages; after the deadline gives what is there. */
  waitFor(unique: number, deadlineMs: number): Promise<SinkCount>;
  /** Arrival times by id (monotonic microseconds), 0 where none came. */
  arrivals(firstId: number, count: number): Promise<readonly number[]>;
}

const ANSWER_DEADLINE_MS = 10_000;
type Answer = Extract<SinkAnswer, { kind: 'answer' }>;

export interface SinkPlace {
  /** All of them with the same port; 127.0.0.1 without it. */
  readonly hosts?: readonly string[];
  /** Any free one without it. */
  readonly port?: number;
  /** An instrument that may not be late: see system/precedence.ts. */
  readonly precise?: boolean;
}

export async function startSink(scope: Scope, place: SinkPlace = {}): Promise<Sink> {
  const { hosts = ['127.0.0.1'], port: wanted = 0, precise = false } = place;
  const args = ['--port', String(wanted), '--hosts', hosts.join(',')];
  const child = fork(fileURLToPath(new URL('./smtp-sink.ts', import.meta.url)), args, {
    detached: precise,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const pid = child.pid ?? 0;
  scope.owns(pid);
  if (precise) takePrecedence(pid);
  child.on('exit', () => scope.released(pid));
  const waiting = new Map<number, (answer: Answer) => void>();
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', (message: SinkAnswer) => {
      if (message.kind === 'listening') return resolve(message.port);
      waiting.get(message.seq)?.(message);
      waiting.delete(message.seq);
    });
    child.on('exit', (code) => reject(new Error(`the sink ended with code ${code}`)));
  });
  let seq = 0;

  function ask(request: SinkRequest, deadlineMs = ANSWER_DEADLINE_MS): Promise<Answer | undefined> {
    const mine = ++seq;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        waiting.delete(mine);
        resolve(undefined);
      }, deadlineMs);
      waiting.set(mine, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      child.send({ ...request, seq: mine });
    });
  }
  async function need(request: SinkRequest): Promise<Answer> {
    const answer = await ask(request);
    if (answer === undefined) throw new Error(`the sink did not answer ${request.kind}`);
    return answer;
  }

  return {
    port,
    pid,
    mode: async (mode) => void (await need({ kind: 'mode', mode: { ...NORMAL_MODE, ...mode } })),
    reset: async () => void (await need({ kind: 'reset' })),
    count: async () => (await need({ kind: 'count' })).count,
    waitFor: async (unique, deadlineMs) =>
      ((await ask({ kind: 'wait', unique }, deadlineMs)) ?? (await need({ kind: 'count' }))).count,
    arrivals: async (firstId, count) => (await need({ kind: 'arrivals', firstId, count })).arrivals ?? [],
  };
}
