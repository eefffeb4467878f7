// Which streams are paused, as a lane asks for every job: those are not begun. And since when the others flow again, because a
// pause takes nothing from the time that a message has to be delivered in: it begins anew when its stream is resumed.
import type { Hold, Resumption } from '../domain/hold.ts';
import type { Message } from '../domain/message.ts';
import type { Lease } from '../ports/lane-queue.ts';

type OfStream = Pick<Message, 'serverId' | 'streamId'>;

export interface HeldStreams {
  update(holds: readonly Hold[], resumptions: readonly Resumption[]): void;
  isHeld(message: OfStream): boolean;
  /** The deliveries of one message, with the time at which their life begins. */
  lively(group: readonly Lease[]): readonly Lease[];
}

export function createHeldStreams(): HeldStreams {
  let held: ReadonlySet<string> = new Set();
  let resumedAt: ReadonlyMap<string, number> = new Map();
  return {
    update(holds, resumptions) {
      held = new Set(holds.map(nameOf));
      resumedAt = new Map(resumptions.map((one) => [nameOf(one), one.at]));
    },
    // Most lanes have no paused streams at all, and build no names.
    isHeld: (message) => held.size > 0 && held.has(nameOf(message)),
    lively(group) {
      const [first] = group;
      const from = resumedAt.size > 0 && first !== undefined ? resumedAt.get(nameOf(first.message)) : undefined;
      if (from === undefined) return group;
      return group.map((lease) => (lease.firstDueAt >= from ? lease : { ...lease, firstDueAt: from }));
    },
  };
}

function nameOf({ serverId, streamId }: OfStream): string {
  return `${serverId} ${streamId}`;
}
