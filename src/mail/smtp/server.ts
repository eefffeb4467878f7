// An ESMTP server on one listener, for submissions or (with a reception among its handlers) for mail to its own recipients:
// accepts connections within the limits, runs a session on each, ends them.
//
// RFC 5321, 6409 (submission), 3207 (STARTTLS), 4954 (AUTH), 2920, 1870, 6152, 6531, 2034, 3030. What a session does is
// session.ts's; who may send and what becomes of a message are the handlers'. Promises: a 250 for a message is given only
// after its handler has given it; nothing from the network makes it throw; each wait, buffer and count has a bound in
// `limits`. Several listeners are several servers, which may share `connections` and `inFlight`.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { DEFAULT_CONNECTION_BOUNDS, createConnectionLimits, isLoopback, plainAddress } from './connection-limits.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { ServerFact } from './facts.ts';
import type { SessionContext, SmtpHandlers } from './handlers.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { SmtpLimits } from './limits.ts';
import { createByteBudget } from './message-buffer.ts';
import type { ByteBudget } from './message-buffer.ts';
import { REPLIES, formatReply } from './reply.ts';
import { Session } from './session.ts';
import type { SessionSetup } from './setup.ts';
import { SocketTransport } from './socket-transport.ts';
import type { ServerTls } from './socket-transport.ts';

export interface SmtpServerOptions<P> {
  /** Our name in the greeting and in the answer to EHLO. */
  readonly hostname: string;
  /** Another name where the client asked for `tlsServerName` (SNI); undefined for `hostname`. */
  greetingName?(tlsServerName: string): string | undefined;
  /** Follows `ESMTP` in the greeting. */
  readonly banner?: string;
  /** Absent: STARTTLS is not offered. */
  readonly tls?: ServerTls;
  readonly limits?: Partial<SmtpLimits>;
  /** Own limits of this server where absent. */
  readonly connections?: ConnectionLimits;
  /** Own budget of `maxInFlightBytes` where absent. */
  readonly inFlight?: ByteBudget;
  /** Default: where both ends are loopback. */
  allowAuthWithoutTls?(remoteAddress: string, localAddress: string): boolean;
  readonly handlers: SmtpHandlers<P>;
  /** Must not throw. */
  onFact?(fact: ServerFact): void;
  readonly clock?: Clock;
  /** Unguessable letters, digits and hyphens; default a random UUID. */
  randomToken?(): string;
}

export interface SmtpServer {
  /** Port 0 takes a free one. Rejects where the address cannot be had. */
  listen(at: { readonly host: string; readonly port: number }): Promise<AddressInfo>;
  address(): AddressInfo | undefined;
  /** Connections now. */
  readonly connections: number;
  /**
   * Takes no more connections, ends idle sessions with 421 4.3.2, lets messages that are on their way finish, and breaks
   * off what is left after `graceMs`.
   */
  close(graceMs: number): Promise<void>;
}

/** How often deadlines are looked at: one timer for all sessions, none for each. */
const SWEEP_MS = 1000;

export function createSmtpServer<P>(options: SmtpServerOptions<P>): SmtpServer {
  const setup = makeSetup(options);
  const connections = options.connections ?? createConnectionLimits(DEFAULT_CONNECTION_BOUNDS);
  const sessions = new Set<Session<P>>();
  const atLastClose: (() => void)[] = [];
  const closed = (): void => {
    if (sessions.size === 0) for (const tell of atLastClose.splice(0)) tell();
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    accept({ setup, connections, sessions, tls: options.tls, closed }, socket);
  });
  let cancelSweep: (() => void) | undefined;
  const sweep = (): void => {
    const now = setup.clock.now();
    for (const session of sessions) session.checkDeadline(now);
    cancelSweep = setup.clock.after(SWEEP_MS, sweep);
  };
  return {
    listen: async (at) => {
      const address = await listen(server, at);
      cancelSweep = setup.clock.after(SWEEP_MS, sweep);
      return address;
    },
    address: () => addressOf(server),
    get connections() {
      return sessions.size;
    },
    close: async (graceMs) => {
      const sessionsClosed = new Promise<void>((resolve) => {
        atLastClose.push(resolve);
      });
      closed();
      for (const session of sessions) session.shutdown();
      const cancelGrace = setup.clock.after(graceMs, () => {
        for (const session of sessions) session.abandon('shutdown');
      });
      await Promise.all([stopListening(server), sessionsClosed]);
      cancelGrace();
      cancelSweep?.();
    },
  };
}

interface Reception<P> {
  readonly setup: SessionSetup<P>;
  readonly connections: ConnectionLimits;
  readonly sessions: Set<Session<P>>;
  readonly tls: ServerTls | undefined;
  /** A session is over, and no longer among `sessions`. */
  closed(): void;
}

function accept<P>(reception: Reception<P>, socket: Socket): void {
  const { setup, connections, sessions } = reception;
  const ctx = contextOf(socket, setup.randomToken());
  // A client that was gone before it was accepted has no address any more.
  if (ctx === undefined) return void socket.destroy();
  const admission = connections.admit(ctx.remoteAddress);
  if (admission !== 'admitted') {
    setup.onFact({ kind: 'rejected', reason: admission, remoteAddress: ctx.remoteAddress });
    return reject(socket);
  }
  const transport = new SocketTransport(socket, reception.tls);
  const session = new Session(setup, ctx, transport);
  sessions.add(session);
  transport.open({
    receive: (chunk) => session.receive(chunk),
    inputEnded: () => session.inputEnded(),
    drained: () => session.drained(),
    secured: (protocol, serverName) => session.secured(protocol, serverName),
    tlsFailed: (detail) => session.tlsFailed(detail),
    closed: () => {
      if (!sessions.delete(session)) return;
      connections.release(ctx.remoteAddress);
      session.closed();
      reception.closed();
    },
  });
  session.start();
}

function reject(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.write(formatReply(REPLIES.tooManyConnections), 'latin1');
  socket.destroySoon();
}

function contextOf(socket: Socket, id: string): SessionContext | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || localAddress === undefined) return undefined;
  return {
    id,
    remoteAddress: plainAddress(remoteAddress),
    remotePort: remotePort ?? 0,
    localAddress: plainAddress(localAddress),
    localPort: localPort ?? 0,
    tls: false,
    tlsProtocol: undefined,
    tlsServerName: undefined,
    heloName: '',
  };
}

function makeSetup<P>(options: SmtpServerOptions<P>): SessionSetup<P> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const nameFor = options.greetingName?.bind(options);
  const allowed = options.allowAuthWithoutTls?.bind(options);
  return {
    limits,
    clock: options.clock ?? systemClock,
    handlers: options.handlers,
    budget: options.inFlight ?? createByteBudget(limits.maxInFlightBytes),
    banner: options.banner ?? '',
    tlsAvailable: options.tls !== undefined,
    hostnameFor: (name) => (name === undefined ? undefined : nameFor?.(name)) ?? options.hostname,
    allowAuthWithoutTls: allowed ?? ((remote, local) => isLoopback(remote) && isLoopback(local)),
    randomToken: options.randomToken?.bind(options) ?? randomUUID,
    onFact: options.onFact?.bind(options) ?? (() => undefined),
  };
}

function listen(server: Server, at: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: at.host, port: at.port, backlog: 511 }, () => {
      server.off('error', reject);
      const address = addressOf(server);
      if (address === undefined) reject(new Error('listening without an address'));
      else resolve(address);
    });
  });
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function addressOf(server: Server): AddressInfo | undefined {
  const address = server.address();
  return address === null || typeof address === 'string' ? undefined : address;
}
