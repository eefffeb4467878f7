// In which order streams with bulk requests are served: one block of each server in a round; within a server the stream comes
// first whose turn is longest ago.
import type { BulkRequest } from '../../domain/bulk.ts';

/** When each stream was first in its server the last time, by a number that grows. */
export type Turn = Map<string, number>;

/**
 * Groups by server, in the order that the requests are in; each group begins with the stream whose turn it is, which is taken
 * with that. The others of the group stand in for one that has to wait.
 */
export function inTurn(waiting: readonly BulkRequest[], turns: Turn): readonly (readonly BulkRequest[])[] {
  const groups = Map.groupBy(waiting, ({ serverId }) => serverId);
  const present = new Set(waiting.map(nameOf));
  for (const name of turns.keys()) if (!present.has(name)) turns.delete(name);
  const last = (request: BulkRequest): number => turns.get(nameOf(request)) ?? 0;
  const number = 1 + Math.max(0, ...turns.values());
  return [...groups.values()].map((group) => {
    const ordered = group.toSorted((a, b) => last(a) - last(b));
    const [first] = ordered;
    if (first !== undefined) turns.set(nameOf(first), number);
    return ordered;
  });
}

function nameOf({ serverId, streamId }: BulkRequest): string {
  return `${serverId} ${streamId}`;
}
