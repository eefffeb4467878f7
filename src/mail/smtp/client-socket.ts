// Opens the TCP connection of a session: within its deadline, from the address asked for, without Nagle's delay.
//
// Trouble of this machine (no such local address, no route for the family, no more file descriptors, a local firewall)
// is told apart from trouble of the far side, which must not be blamed for it.
import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { describeLoss, describePeer, lost } from './client-phases.ts';
import type { ConnectFailure, ConnectOptions } from './client-target.ts';
import { reasonOf } from './client-target.ts';

export function openSocket(options: ConnectOptions): Promise<Socket | ConnectFailure> {
  const { address, port, localAddress, deadlines, clock, signal } = options;
  return new Promise((resolve) => {
    const socket = connectTcp({
      host: address,
      port,
      noDelay: true,
      ...(localAddress !== undefined && { localAddress }),
    });
    const end = (result: Socket | ConnectFailure): void => {
      cancelTimer();
      signal.removeEventListener('abort', stop);
      socket.off('error', refuse);
      if (result !== socket) socket.on('error', () => undefined).destroy();
      resolve(result);
    };
    const lose = (cause: 'timeout' | 'aborted'): void =>
      end({
        kind: 'failed',
        phase: 'connect',
        cause: cause === 'timeout' ? 'unreachable' : 'aborted',
        reply: undefined,
        detail: describeLoss(
          describePeer(options.host, options.address),
          'connect',
          lost(cause, cause === 'aborted' ? reasonOf(signal) : ''),
        ),
      });
    const stop = (): void => lose('aborted');
    const refuse = (error: NodeJS.ErrnoException): void => end(connectFailure(options, error));
    const cancelTimer = clock.after(deadlines.connect, () => lose('timeout'));
    socket.once('error', refuse);
    socket.once('connect', () => end(localFailure(options, socket) ?? socket));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}

/** Before anything was said: the far side has seen a connection and no mail. */
function localFailure({ localProblem }: ConnectOptions, { localAddress }: Socket): ConnectFailure | undefined {
  const detail = localProblem?.(localAddress ?? '');
  return detail === undefined
    ? undefined
    : { kind: 'failed', phase: 'connect', cause: 'local', reply: undefined, detail };
}

function connectFailure(options: ConnectOptions, error: NodeJS.ErrnoException): ConnectFailure {
  const peer = describePeer(options.host, options.address);
  const code = error.code ?? error.message;
  const failed = { kind: 'failed', phase: 'connect', reply: undefined } as const;
  if (code === 'ECONNREFUSED') return { ...failed, cause: 'remote', detail: `${peer} refused the connection` };
  if (LOCAL_TROUBLE.has(code)) {
    const from = options.localAddress === undefined ? '' : ` from the address ${options.localAddress}`;
    return { ...failed, cause: 'local', detail: `this machine cannot connect${from} to ${peer}: ${code}` };
  }
  return { ...failed, cause: 'unreachable', detail: `cannot reach ${peer}: ${code}` };
}

const LOCAL_TROUBLE: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EAFNOSUPPORT',
  'EINVAL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EACCES',
  'EPERM',
  'ENETUNREACH',
]);
