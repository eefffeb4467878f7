// The other side of ask-thread.ts, in the thread: takes what is said to it until it is told to stop, and says when it is ready and when
// it has stopped.
import type { MessagePort } from 'node:worker_threads';
import type { FromThread, ToThread } from './ask-thread.ts';
import type { Calls } from '../backends/lanes/calls.ts';

export interface AnswerOptions {
  readonly receive: Calls['receive'];
  /** Everything that is open. Where it fails the thread dies of it. */
  readonly close: () => Promise<void>;
}

export function answerQuestions(port: MessagePort, { receive, close }: AnswerOptions): void {
  const say = (message: FromThread): void => port.postMessage(message);
  const stop = async (): Promise<void> => {
    await close();
    say({ kind: 'stopped' });
    port.close();
  };
  port.on('message', (message: ToThread) => {
    if (message.kind !== 'stop') return receive(message);
    stop().catch((error: unknown) => {
      throw error;
    });
  });
  say({ kind: 'ready' });
}
