// Several consumers of one log as one: an event is read and parsed once for all of them. Each keeps its own cursor and gets
// only what lies behind it, so that a consumer which is behind (its cursor was kept long ago, or it failed) catches up
// and the others see nothing twice. The price: while one of them fails, the others wait for it.
import type { Consumer } from './run-consumer.ts';

export function together(consumers: readonly Consumer[]): Consumer {
  const positions = new Map<Consumer, number>();
  return {
    name: consumers.map((consumer) => consumer.name).join(' and '),
    async cursor() {
      for (const consumer of consumers) positions.set(consumer, await consumer.cursor());
      return Math.min(...positions.values());
    },
    async apply({ after, upTo, events }) {
      for (const consumer of consumers) {
        const from = Math.max(after, positions.get(consumer) ?? after);
        if (from >= upTo) continue;
        const own = from === after ? events : events.filter(({ seq }) => seq > from);
        await consumer.apply({ after: from, upTo, events: own });
        positions.set(consumer, upTo);
      }
    },
  };
}
