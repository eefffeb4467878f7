// Waiting for a condition, and for a process to be gone, each with a deadline.
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type AddressInfo } from 'node:net';
import { isAlive } from './process-tree.ts';

const STEP_MS = 20;

/** @returns whether the condition held before the deadline. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() > end) return false;
    await sleep(STEP_MS);
  }
}

export function waitGone(pid: number, deadlineMs: number): Promise<boolean> {
  return waitUntil(() => !isAlive(pid), deadlineMs);
}

/** A loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
