// Checks the addresses of all pools while the server runs: all at the start, then each when its time has come. Says in the
// log when an address is quarantined or free again, whoever found it out, and counts them for the metrics.
//
// Promises: nothing waits for it; trouble with one round is logged and the next one goes on. A new address was checked by
// whoever added it; one that was not is checked within `LOOK_EVERY_MS`.
import type { AddressProof, PoolAddress } from '../domain/pool.ts';
import type { Clock } from '../lib/clock.ts';
import type { LaneId } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { PoolStore } from '../ports/pool-store.ts';

export interface AddressProofDeps {
  readonly store: PoolStore;
  readonly prove: (address: PoolAddress) => Promise<AddressProof>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Between two checks of an address that is fit. */
  readonly everyMs: number;
}

export interface RunningAddressProof {
  /** Waits for the round that is under way. */
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 30_000;
/** Between two checks of one that is quarantined, or of which something could not be found out. */
const SOON_MS = 300_000;
/** Checked at the same time. */
const AT_ONCE = 8;

export function startAddressProof(deps: AddressProofDeps): RunningAddressProof {
  const { store, prove, clock, log, everyMs } = deps;
  const gauge = addressGauge(deps.metrics);
  const told = new Map<number, string>();
  let cancel = (): void => undefined;
  let stopped = false;

  const round = async (isDue: (address: PoolAddress) => boolean): Promise<void> => {
    const due = (await store.addresses()).filter(isDue);
    for (let at = 0; at < due.length && !stopped; at += AT_ONCE) {
      await Promise.all(
        due.slice(at, at + AT_ONCE).map(async (address) => store.setProof(address.id, await prove(address))),
      );
    }
    const now = await store.addresses();
    for (const address of now) tellChange(address);
    for (const id of told.keys()) if (!now.some((address) => address.id === id)) told.delete(id);
    gauge(now);
  };

  const tellChange = ({ id, ip, pool, proof }: PoolAddress): void => {
    if (proof === undefined) return;
    const found = (proof.failed ?? proof.reasons).join();
    const before = told.get(id) ?? '';
    told.set(id, found);
    if (found === before) return;
    const fields = { lane: pool, address: ip };
    if (proof.verdict === 'fit') log.info(fields, 'an address is fit again');
    else log.warn({ ...fields, reasons: proof.reasons }, 'an address is quarantined: nothing leaves through it');
  };

  const dueNow = ({ proof }: PoolAddress): boolean => {
    if (proof === undefined) return true;
    const soon = proof.verdict === 'quarantined' || proof.unsure === true;
    return clock.now() >= proof.checkedAt + (soon ? Math.min(SOON_MS, everyMs) : everyMs);
  };

  const go = (isDue: (address: PoolAddress) => boolean): Promise<void> =>
    round(isDue)
      .catch((error: unknown) => log.error({ err: error }, 'addresses could not be checked; trying again'))
      .then(() => {
        const next = Math.min(LOOK_EVERY_MS, everyMs);
        if (!stopped) cancel = clock.after(next, () => void (running = go(dueNow)));
      });

  let running = go(() => true);
  return {
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}

function addressGauge(metrics: Metrics): (addresses: readonly PoolAddress[]) => void {
  const gauge = metrics.gauge({
    name: 'bulkhead_addresses',
    help: 'Addresses of pools, by what the last check found.',
    labels: ['lane', 'verdict'],
  });
  const pools = new Set<LaneId>();
  return (addresses) => {
    for (const { pool } of addresses) pools.add(pool);
    for (const pool of pools) {
      const own = addresses.filter((address) => address.pool === pool && address.state === 'active');
      for (const verdict of ['fit', 'quarantined', 'unchecked'] as const) {
        gauge.set(
          { lane: pool, verdict },
          own.filter(({ proof }) => (proof?.verdict ?? 'unchecked') === verdict).length,
        );
      }
    }
  };
}
