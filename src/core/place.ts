// Where the deliveries of one message go: those that share a site together, the others alone, and what it means for a
// delivery when there is nowhere to go.
import { classifyRoute } from '../domain/bounce/classify.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { TlsRoute as Route } from './route-with-tls.ts';
import type { Lease } from '../ports/lane-queue.ts';

/** A delivery with its route, or with the promise of it where DNS was slow. */
export interface Routed {
  readonly lease: Lease;
  readonly route: Route | Promise<Route>;
}

export interface Arranged {
  readonly route: Route | Promise<Route>;
  readonly leases: readonly Lease[];
}

/** Puts the deliveries of one message that share a site together. */
export function arrange(routed: readonly Routed[]): readonly Arranged[] {
  const bySite = new Map<string, { route: Route; leases: Lease[] }>();
  const others: Arranged[] = [];
  for (const { lease, route } of routed) {
    if (route instanceof Promise || route.kind !== 'site') {
      others.push({ route, leases: [lease] });
      continue;
    }
    const known = bySite.get(route.key);
    if (known === undefined) bySite.set(route.key, { route, leases: [lease] });
    else known.leases.push(lease);
  }
  return [...bySite.values(), ...others];
}

/** What a delivery comes to that has no hosts to go to. */
export function routeOutcome(route: Exclude<Route, { kind: 'site' }>): Outcome {
  const common = { peer: undefined, phase: 'route' } as const;
  switch (route.kind) {
    case 'temporary':
      return { ...common, kind: 'deferred', reply: undefined, detail: route.reason };
    case 'refused':
      return { ...common, kind: 'refused', detail: route.reason };
    case 'null-mx':
    case 'no-such-domain': {
      const { type } = classifyRoute(route.kind);
      return { ...common, kind: 'bounced', reply: undefined, detail: route.reason, type };
    }
  }
}
