// A remote MX on loopback that takes all mail fast and remembers what came, for tests that count: each recipient of the
// load has an address of its own, so that a copy too many or too few can be named.
//
// It puts off (451) the first try of every address that begins with `later-`, checks that each message is whole (see
// `load-message.ts`), and can be made to take its time, or to hold back every reply to the final dot.
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readLoadMessage } from './load-message.ts';

export interface Copy {
  /** Number of the phase in which it came: see `nextPhase`. */
  readonly phase: number;
  readonly messageId: string;
  readonly loadId: number;
}

export interface RecordingSink {
  readonly port: number;
  /** By recipient address, in the order in which they came; recorded just before the 250 is written. */
  readonly copies: ReadonlyMap<string, readonly Copy[]>;
  /** Recipients that got at least one copy. */
  readonly recipients: number;
  /** Messages that were cut off or mixed up. */
  readonly broken: readonly string[];
  /** Transactions whose 250 is being held back. */
  readonly held: number;
  /** Copies from now on belong to the next phase. */
  nextPhase(): void;
  /** Milliseconds before each reply to the final dot, from 0 to below this. */
  slowness(ms: number): void;
  /** No reply to a final dot (and no record) from now on, until `release`; for one recipient domain, or for all. */
  hold(domain?: string): void;
  release(): void;
  close(): Promise<void>;
}

interface State {
  readonly copies: Map<string, Copy[]>;
  readonly putOff: Set<string>;
  readonly broken: string[];
  readonly sockets: Set<Socket>;
  /** Undefined while nothing is held back. */
  held: (() => void)[] | undefined;
  heldDomain: string | undefined;
  phase: number;
  slowMs: number;
}

export async function startRecordingSink(address = '127.0.0.1'): Promise<RecordingSink> {
  const state: State = {
    copies: new Map(),
    putOff: new Set(),
    broken: [],
    sockets: new Set(),
    held: undefined,
    heldDomain: undefined,
    phase: 0,
    slowMs: 0,
  };
  const server = createServer((socket) => serve(state, socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  const release = (): void => {
    const held = state.held ?? [];
    state.held = undefined;
    for (const goOn of held) goOn();
  };
  return {
    port: (server.address() as AddressInfo).port,
    copies: state.copies,
    broken: state.broken,
    get recipients() {
      return state.copies.size;
    },
    get held() {
      return state.held?.length ?? 0;
    },
    nextPhase: () => void (state.phase += 1),
    slowness: (ms) => void (state.slowMs = ms),
    hold(domain) {
      state.held ??= [];
      state.heldDomain = domain;
    },
    release,
    async close() {
      for (const socket of state.sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function isHeld({ heldDomain }: State, recipients: readonly string[]): boolean {
  return heldDomain === undefined || recipients.some((to) => to.endsWith(`@${heldDomain}`));
}

const END = '\r\n.\r\n';

function serve(state: State, socket: Socket): void {
  let input = '';
  let inContent = false;
  let waiting = false;
  let recipients: string[] = [];

  state.sockets.add(socket);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => state.sockets.delete(socket));
  socket.on('data', (chunk: Buffer) => {
    input += chunk.toString('latin1');
    work();
  });
  socket.write('220 sink.test ESMTP\r\n');

  function work(): void {
    let goesOn = !waiting;
    while (goesOn && !waiting) goesOn = inContent ? takeContent() : takeCommand();
  }

  function takeCommand(): boolean {
    const end = input.indexOf('\r\n');
    if (end < 0) return false;
    const line = input.slice(0, end);
    input = input.slice(end + 2);
    const reply = answer(line);
    socket.write(`${reply}\r\n`);
    if (reply.startsWith('221')) socket.end();
    inContent = reply.startsWith('354');
    return true;
  }

  function answer(line: string): string {
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        return '250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME';
      case 'MAIL':
        recipients = [];
        return '250 2.1.0 ok';
      case 'RCPT':
        return rcpt(/<(.*)>/.exec(line)?.[1] ?? '');
      case 'DATA':
        return recipients.length === 0 ? '554 5.5.1 no valid recipients' : '354 go on';
      case 'QUIT':
        return '221 2.0.0 bye';
      default:
        return '250 2.0.0 ok';
    }
  }

  function rcpt(address: string): string {
    if (address.startsWith('later-') && !state.putOff.has(address)) {
      state.putOff.add(address);
      return '451 4.7.1 not yet';
    }
    recipients.push(address);
    return '250 2.1.5 ok';
  }

  function takeContent(): boolean {
    const end = input.indexOf(END);
    if (end < 0) return false;
    const content = input.slice(0, end + 2).replaceAll(/^\./gm, '');
    input = input.slice(end + END.length);
    inContent = false;
    waiting = true;
    const take = (): void => {
      if (socket.destroyed) return;
      record(content);
      waiting = false;
      socket.write('250 2.0.0 taken\r\n');
    };
    if (state.held !== undefined && isHeld(state, recipients)) {
      state.held.push(() => {
        take();
        work();
      });
    } else if (state.slowMs > 0) {
      setTimeout(() => {
        take();
        work();
      }, Math.random() * state.slowMs);
    } else take();
    return true;
  }

  function record(content: string): void {
    const read = readLoadMessage(content);
    if (read === undefined) {
      state.broken.push(content.slice(0, 2000));
      return;
    }
    for (const address of recipients) {
      const copies = state.copies.get(address) ?? [];
      copies.push({ ...read, phase: state.phase });
      state.copies.set(address, copies);
    }
  }
}
