// Whether this machine has an address: asked by binding a socket to it, which sends nothing.
//
// Known limit: a kernel that lets sockets bind to foreign addresses (Linux: net.ipv4.ip_nonlocal_bind) says yes to all.
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Clock } from '../../lib/clock.ts';

/** Undefined where the machine has it, else why not, for people. Never rejects. */
export type BindProblem = (ip: string) => Promise<string | undefined>;

export function createBindProblem(clock: Clock): BindProblem {
  return (ip) =>
    new Promise((resolve) => {
      const socket = createSocket({ type: isIP(ip) === 6 ? 'udp6' : 'udp4', ipv6Only: isIP(ip) === 6 });
      const cancel = clock.after(DEADLINE_MS, () => end('the system did not answer'));
      const end = (problem: string | undefined): void => {
        cancel();
        socket.removeAllListeners().on('error', () => undefined);
        socket.close();
        resolve(problem);
      };
      socket.once('error', (error: NodeJS.ErrnoException) => end(REASONS[error.code ?? ''] ?? error.message));
      socket.once('listening', () => end(undefined));
      socket.bind({ address: ip, port: 0, exclusive: true });
    });
}

const DEADLINE_MS = 2000;
const REASONS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'no network interface of this machine has it',
  EAFNOSUPPORT: 'this machine does not speak its family',
  EINVAL: 'this machine cannot use it',
};
