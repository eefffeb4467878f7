// The hub of a bus, in the thread that starts the others: what one port says, all others hear.
//
// Node's BroadcastChannel would do, but each thread that hears one loads node's whole HTTP client for the class of its
// events: 10 MB a thread, and 50 ms in the midst of mail. Promises: a port whose thread has ended is forgotten.
import { MessageChannel, type MessagePort } from 'node:worker_threads';

export interface BusHub {
  /** One more end of the bus, to be given to one thread. */
  port(): MessagePort;
}

export function createBusHub(): BusHub {
  const ports = new Set<MessagePort>();
  return {
    port() {
      const { port1, port2 } = new MessageChannel();
      ports.add(port1);
      port1.on('message', (said: unknown) => {
        for (const other of ports) if (other !== port1) other.postMessage(said);
      });
      port1.once('close', () => ports.delete(port1));
      port1.unref();
      return port2;
    },
  };
}
