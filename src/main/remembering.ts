// What every message asks of the control data (its server, its stream, the domain and signature of its From), remembered
// for a second: read from the file each time it costs as much as accepting the message otherwise does.
//
// Only what allows is remembered. So what was just created or verified works at once, and what was just archived or
// switched off works for a second more at most. Tokens and suppressions are always asked for.
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { ServerId } from '../lib/ids.ts';
import type { SenderLookUp } from '../core/judge-sender.ts';
import type { ControlStore } from '../ports/control-store.ts';

const REMEMBERED_MS = 1000;
const MAX_ENTRIES = 10_000;

export type Remembered = Pick<ControlStore, 'server' | 'stream' | 'streams'> & { readonly senders: SenderLookUp };

export function remembering(store: Remembered, clock: Clock): Remembered {
  const remember = <Args extends readonly (string | number)[], T>(
    ask: (...args: Args) => Promise<T | undefined>,
    allows: (found: T) => boolean,
  ): ((...args: Args) => Promise<T | undefined>) => {
    const cache = createBoundedCache<string, T>({ maxEntries: MAX_ENTRIES, ttlMs: REMEMBERED_MS }, clock);
    return async (...args) => {
      const key = args.join('\0');
      const known = cache.get(key);
      if (known !== undefined) return known;
      const found = await ask(...args);
      if (found !== undefined && allows(found)) cache.set(key, found);
      return found;
    };
  };
  const streams = remember(
    (serverId: ServerId) => store.streams(serverId),
    (found) => found.length > 0,
  );
  return {
    server: remember(
      (id) => store.server(id),
      (server) => server.settings.smtpApiActivated,
    ),
    stream: remember(
      (serverId, id) => store.stream(serverId, id),
      (stream) => stream.archivedAt === undefined,
    ),
    streams: async (serverId) => (await streams(serverId)) ?? [],
    senders: {
      domain: remember(
        (accountId, name) => store.senders.domain(accountId, name),
        (domain) => domain.proof !== undefined,
      ),
      signature: remember(
        (accountId, address) => store.senders.signature(accountId, address),
        (signature) => signature.confirmedAt !== undefined,
      ),
    },
  };
}
