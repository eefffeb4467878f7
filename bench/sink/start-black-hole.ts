// The parent's end of the black hole: starts it, and has seen that it swallows before anybody relies on it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Scope } from '../system/scope.ts';
import { waitUntil } from '../system/wait.ts';

const SILENT_MS = 300;
const FULL_DEADLINE_MS = 5000;

export async function startBlackHole(
  scope: Scope,
  place: { readonly hosts: readonly string[]; readonly port: number },
): Promise<void> {
  const { hosts, port } = place;
  const args = ['--port', String(port), '--hosts', hosts.join(',')];
  const child = fork(fileURLToPath(new URL('./black-hole.ts', import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  scope.owns(child.pid ?? 0);
  const full = once(child, 'message');
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the black hole ended')));
  await Promise.race([full, ended]);
  ended.catch(() => undefined);
  for (const host of hosts) {
    // Its first word comes while it is still filling.
    if (!(await waitUntil(() => isSilent(host, port), FULL_DEADLINE_MS)))
      throw new Error(`${host} answers, though it should swallow every connection`);
  }
}

/** Neither taken nor refused for a while. */
export function isSilent(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (silent: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(silent);
    };
    const timer = setTimeout(() => end(true), SILENT_MS);
    socket.on('connect', () => end(false));
    socket.on('error', () => end(false));
  });
}
