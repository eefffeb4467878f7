// Whether this machine has an IP address: sockets can be bound to it. Asks the system by doing it, because lists of
// interfaces leave out addresses that work (all of 127.0.0.0/8, say) and name some that do not yet.
import { createServer } from 'node:net';

/** False also where the system refuses for another reason, such as no descriptors left: then nothing could be sent either. */
export function isBound(ip: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: ip, port: 0, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
