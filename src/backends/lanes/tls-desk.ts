// The desk for TLS on another thread: its two ends on the bus. The desk itself lies in main/tls-desk.ts.
import type { StoredPolicy, TlsDesk, TlsTally } from '../../ports/tls-desk.ts';
import type { DayCount, DayTotal, LastSession } from '../../ports/tls-store.ts';
import type { Bus } from './bus.ts';

/** What the desk shows of a domain, or of all. */
export interface TlsShown {
  readonly policies: readonly StoredPolicy[];
  readonly sessions: readonly LastSession[];
  readonly today: readonly DayTotal[];
  /** Of one domain only. */
  readonly counts: readonly DayCount[];
}

export interface DeskHandlers extends TlsDesk {
  show(domain: string | undefined): TlsShown;
}

export function hostTlsDesk(bus: Bus, desk: DeskHandlers, onError: (error: unknown) => void): void {
  bus.serve(
    {
      [FETCH]: (domain, id) => desk.fetch(domain as string, id as string),
      [TELL]: (tallies) => desk.tell(tallies as readonly TlsTally[]),
      [SHOW]: (domain) => desk.show(domain as string | undefined),
    },
    onError,
  );
}

export function tlsDeskOn(bus: Bus): TlsDesk & { show(domain: string | undefined): Promise<TlsShown | undefined> } {
  return {
    fetch: async (domain, id) => (await bus.ask(FETCH, [domain, id], FETCH_MS)) as StoredPolicy | undefined,
    tell: (tallies) => bus.tell(TELL, [tallies]),
    show: async (domain) => (await bus.ask(SHOW, [domain], SHOW_MS)) as TlsShown | undefined,
  };
}

const FETCH = 'tls.fetch';
const TELL = 'tls.tell';
const SHOW = 'tls.show';
/** Longer than the fetch itself may take. */
const FETCH_MS = 70_000;
const SHOW_MS = 5000;
