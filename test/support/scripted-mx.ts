// A remote MX on loopback that does what its script says: refuse, delay, fall silent, hang up, lie, at any step.
//
// Without a script it is a well-behaved server with PIPELINING, SIZE, 8BITMIME, SMTPUTF8 and STARTTLS, and takes all mail.
// Records connections, commands, and the messages that it said 250 to. A step of the script gives the reply as text
// (`451 4.7.1 later`, several lines joined by CRLF), or what happens instead; undefined is the usual reply.
import { createServer, type Server } from 'node:net';
import { ScriptedSession, type ReceivedMessage, type Script, type Shared } from './scripted-session.ts';

export { EXTENSIONS, type ReceivedMessage, type Script, type SessionView, type Step } from './scripted-session.ts';

export interface ScriptedMx {
  readonly port: number;
  readonly address: string;
  /** Acknowledged with 250, or lost after they were taken. */
  readonly messages: readonly ReceivedMessage[];
  readonly commands: readonly string[];
  readonly connections: number;
  /** Where connections came from. */
  readonly clients: readonly string[];
  /** Chunks in which bytes arrived: what was pipelined came in one. */
  readonly reads: readonly string[];
  readonly openConnections: number;
  /** From so many bytes of content on, nothing more is read. */
  pauseAfter(bytes: number): void;
  /** Changes the script from now on. */
  play(script: Script): void;
  close(): Promise<void>;
}

export async function startScriptedMx(
  script: Script = {},
  at: { address?: string; port?: number } = {},
): Promise<ScriptedMx> {
  const state: Shared = {
    script,
    messages: [],
    commands: [],
    reads: [],
    clients: [],
    connections: 0,
    sockets: new Set(),
    pauseAfter: Infinity,
  };
  const server = createServer((socket) => new ScriptedSession(state, socket).greet());
  const address = at.address ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port ?? 0, address, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    address,
    messages: state.messages,
    commands: state.commands,
    reads: state.reads,
    clients: state.clients,
    get connections() {
      return state.connections;
    },
    get openConnections() {
      return state.sockets.size;
    },
    pauseAfter: (bytes) => void (state.pauseAfter = bytes),
    play: (next) => void (state.script = next),
    close: () => close(server, state),
  };
}

async function close(server: Server, { sockets }: Shared): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
