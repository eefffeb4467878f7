// Answers requests for what lives on the activity thread (the other side is activity-client).
//
// Promises: each request gets one reply, a value or the text of the error. Leaves bounding the number of requests under
// way, and their deadlines, to the client: both sides are ours.
import type { MessagePort } from 'node:worker_threads';
import { isActivityMethod } from './activity-rpc.ts';
import type { ActivityAnswers, ActivityReply, ActivityRequest } from './activity-rpc.ts';

/** Serves until the port closes; the returned function stops it. */
export function hostActivity(port: MessagePort, answers: ActivityAnswers): () => void {
  const onMessage = (request: ActivityRequest): void => {
    void answer(answers, request).then((reply) => post(port, reply));
  };
  port.on('message', onMessage);
  return () => void port.off('message', onMessage);
}

async function answer(answers: ActivityAnswers, { id, method, args }: ActivityRequest): Promise<ActivityReply> {
  try {
    if (!isActivityMethod(method)) throw new TypeError(`the activity index has no method ${String(method)}`);
    // The client's types bind arguments to the method; they are lost on the way through the port.
    const call = answers[method].bind(answers) as (...given: readonly unknown[]) => Promise<unknown>;
    return { id, ok: true, value: await call(...args) };
  } catch (error) {
    return { id, ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function post(port: MessagePort, reply: ActivityReply): void {
  try {
    port.postMessage(reply);
  } catch (error) {
    port.postMessage({ id: reply.id, ok: false, error: String(error) } satisfies ActivityReply);
  }
}
