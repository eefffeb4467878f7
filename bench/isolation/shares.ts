// Where the cores' time went while a measurement ran: the server, the bench beside it, and whatever else there was.
import type { Peer } from '../peers/peer.ts';
import { coreTimes } from '../system/machine.ts';
import { cpuSeconds } from '../system/process-tree.ts';

/** Percent of all cores' time. */
export interface Shares {
  readonly peer: number;
  readonly bench: number;
  /** The kernel's own work and whatever else ran. */
  readonly rest: number;
  readonly idle: number;
  readonly diskWait: number;
}

export function openShares(peer: Peer): { close(): Shares } {
  const cores = coreTimes();
  const ofPeer = peer.cpuSeconds();
  const ofTree = cpuSeconds([process.pid]);
  return {
    close() {
      const now = coreTimes();
      const busy = now.busy - cores.busy;
      const idle = now.idle - cores.idle;
      const diskWait = now.diskWait - cores.diskWait;
      const share = (seconds: number): number =>
        Math.round((1000 * Math.max(0, seconds)) / (busy + idle + diskWait)) / 10;
      const used = peer.cpuSeconds() - ofPeer;
      const tree = cpuSeconds([process.pid]) - ofTree;
      // Bulkhead is a child of the bench and in its tree; Postfix's master is nobody's.
      const bench = peer.name === 'bulkhead' ? tree - used : tree;
      return {
        peer: share(used),
        bench: share(bench),
        rest: share(busy - used - bench),
        idle: share(idle),
        diskWait: share(diskWait),
      };
    },
  };
}
