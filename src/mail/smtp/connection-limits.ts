// How many connections there may be: in all, and from one client. One object may be shared by several servers.
//
// A client is an IPv4 address, or the /64 of an IPv6 address, which one customer gets as a whole.

export type Admission = 'admitted' | 'too-many' | 'too-many-from-client';

export interface ConnectionLimits {
  /** Counts a connection, if it is admitted; give each admitted one back with `release`. */
  admit(remoteAddress: string): Admission;
  release(remoteAddress: string): void;
  /** Connections now. */
  readonly count: number;
}

export interface ConnectionBounds {
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
}

export const DEFAULT_CONNECTION_BOUNDS: ConnectionBounds = { maxConnections: 1000, maxConnectionsPerClient: 100 };

export function createConnectionLimits(bounds: ConnectionBounds): ConnectionLimits {
  const perClient = new Map<string, number>();
  let total = 0;
  return {
    admit: (remoteAddress) => {
      if (total >= bounds.maxConnections) return 'too-many';
      const client = clientOf(remoteAddress);
      const count = perClient.get(client) ?? 0;
      if (count >= bounds.maxConnectionsPerClient) return 'too-many-from-client';
      perClient.set(client, count + 1);
      total += 1;
      return 'admitted';
    },
    release: (remoteAddress) => {
      const client = clientOf(remoteAddress);
      const count = perClient.get(client) ?? 0;
      if (count === 0) return;
      total -= 1;
      if (count > 1) perClient.set(client, count - 1);
      else perClient.delete(client);
    },
    get count() {
      return total;
    },
  };
}

/** `::ffff:192.0.2.1`, as a dual-stack listener shows IPv4 clients, becomes `192.0.2.1`. */
export function plainAddress(address: string): string {
  const match = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return match?.[1] ?? address;
}

export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain);
}

function clientOf(remoteAddress: string): string {
  const plain = plainAddress(remoteAddress);
  return plain.includes(':') ? prefix64(plain) : plain;
}

/** The first four groups; groups that `::` stands for are zero. */
function prefix64(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? before : [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}
