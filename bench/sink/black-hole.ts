// Addresses that swallow every attempt to connect, as a host does that is switched off: the kernel drops the SYN, and
// nothing comes back. A process of its own that listens, fills each queue of connections itself, and then stands still
// for good, so that nothing is ever taken off the queues. Ends when its parent is gone.
//
//   node bench/sink/black-hole.ts --port 2525 --hosts 127.0.0.31,127.0.0.32      (forked by sink/start-black-hole.ts)
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { parseArgs } from 'node:util';

const BACKLOG = 1;
/** The kernel takes one more than the backlog; the rest make sure. */
const FILLING = BACKLOG + 4;
const LOOK_MS = 500;

const { values } = parseArgs({ options: { port: { type: 'string' }, hosts: { type: 'string' } } });
const parent = process.ppid;
const port = Number(values.port);
const hosts = (values.hosts ?? '').split(',');
for (const host of hosts) {
  const server = createServer();
  server.listen({ host, port, backlog: BACKLOG });
  await once(server, 'listening');
}
for (const host of hosts) {
  for (let count = 0; count < FILLING; count += 1) connect({ host, port }).on('error', () => undefined);
}
process.send?.('full');
// The connections are begun in ticks of their own, which come before this one; the event loop never turns again.
process.nextTick(standStill);

function standStill(): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (process.ppid === parent) Atomics.wait(never, 0, 0, LOOK_MS);
  process.exit(0);
}
