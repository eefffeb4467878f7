// The desk for TLS on another thread: its two ends on the bus. The desk itself lies in main/tls-desk.ts.
import { ActivityUnavailable } from '../../ports/activity.ts';
import type { StoredPolicy, TlsDesk, TlsShow, TlsShown, TlsTally } from '../../ports/tls-desk.ts';
import type { Bus } from './bus.ts';

export function hostTlsDesk(bus: Bus, desk: TlsDesk & TlsShow, onError: (error: unknown) => void): void {
  bus.serve(
    {
      [FETCH]: (domain, id) => desk.fetch(domain as string, id as string),
      [TELL]: (tallies) => desk.tell(tallies as readonly TlsTally[]),
      [SHOW]: (domain) => desk.show(domain as string | undefined),
    },
    onError,
  );
}

export function tlsDeskOn(bus: Bus): TlsDesk & TlsShow {
  return {
    fetch: async (domain, id) => (await bus.ask(FETCH, [domain, id], FETCH_MS)) as StoredPolicy | undefined,
    tell: (tallies) => bus.tell(TELL, [tallies]),
    async show(domain) {
      const shown = (await bus.ask(SHOW, [domain], SHOW_MS)) as TlsShown | undefined;
      if (shown === undefined)
        throw new ActivityUnavailable('what is known of TLS cannot be read; try again in a moment');
      return shown;
    },
  };
}

const FETCH = 'tls.fetch';
const TELL = 'tls.tell';
const SHOW = 'tls.show';
/** Longer than the fetch itself may take. */
const FETCH_MS = 70_000;
const SHOW_MS = 5000;
