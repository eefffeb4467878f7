// The hub of a bus, in the thread that starts the others: hands on what is said to those who serve it.
//
// Node's BroadcastChannel would do, but each thread that hears one loads node's whole HTTP client for the class of its
// events: 10 MB a thread, and 50 ms in the midst of mail. Promises: only who serves a method hears of it, since every hearer
// costs this thread a copy; a port whose thread has ended is forgotten.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Said } from './bus.ts';

export interface BusHub {
  /** One more end of the bus, to be given to one thread. */
  port(): MessagePort;
}

export function createBusHub(): BusHub {
  const ends = new Map<MessagePort, End>();
  return {
    port() {
      const { port1, port2 } = new MessageChannel();
      const end: End = { name: undefined, serves: [] };
      ends.set(port1, end);
      port1.on('message', (said: Said) => {
        if (said.kind === 'serve') end.serves = said.methods;
        if (said.kind === 'ask') end.name = said.from;
        for (const [port, other] of ends) if (other !== end && concerns(said, other)) port.postMessage(said);
      });
      port1.once('close', () => ends.delete(port1));
      port1.unref();
      return port2;
    },
  };
}

interface End {
  /** Known once it has asked. */
  name: string | undefined;
  serves: readonly string[];
}

function concerns(said: Said, { name, serves }: End): boolean {
  switch (said.kind) {
    case 'answer':
      return said.to === name;
    case 'ask':
    case 'tell':
      return serves.includes(said.method);
    case 'serve':
      return false;
  }
}
