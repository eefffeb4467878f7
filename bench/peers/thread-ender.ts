// Lets the bench end the thread of Bulkhead's broadcast lane from outside, without a door for it in the product: loaded
// into the server's process before its program (`node --import`), it hears of every thread that is made, and on SIGUSR2
// terminates the lane's. That is what node itself does to a thread whose heap is full: its JavaScript stops where it is,
// nothing of it runs any more, no handler and no clean-up, and its files and sockets close behind it. The kernel has no
// way to kill one thread of a process.
import { isMainThread, type Worker } from 'node:worker_threads';

/** Written to standard error when the thread is gone. */
export const THREAD_ENDED = 'bench: the thread of the broadcast lane was ended';

const SERVER = /src\/main\/main\.ts$/;

if (isMainThread && SERVER.test(process.argv[1] ?? '')) watch();

function watch(): void {
  let lane: Worker | undefined;
  process.on('worker', (worker: Worker) => {
    if (/^lane .*broadcast/.test(worker.threadName ?? '')) lane = worker;
  });
  process.on('SIGUSR2', () => {
    const ending = lane;
    lane = undefined;
    void ending?.terminate().then(() => process.stderr.write(`${THREAD_ENDED}\n`));
  });
}
