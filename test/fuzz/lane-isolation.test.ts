// Isolation fails closed, whatever operators and failures do: random pools, addresses, streams, edits, restarts and lost
// addresses, through the code that really decides (which lane, which address, when an address is free), and never a
// transaction through an address that is not of the stream's own pool. A reader of its own keeps count of who owns what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { createCandidates } from '../../src/backends/net/candidates.ts';
import { createAddressBook, type LaneAddressBook } from '../../src/core/address-book.ts';
import { laneOf, type Lane, type PoolAddress } from '../../src/domain/pool.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { SendingKind, Stream } from '../../src/domain/stream.ts';
import type { LaneId, ServerId, StreamId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createLaneControl, type LaneControl } from '../../src/main/lane-control.ts';
import type { Site } from '../../src/ports/egress.ts';
import { PoolConflict } from '../../src/ports/pool-store.ts';
import { fuzzRuns } from '../support/fuzzing.ts';

const SITES: readonly Site[] = [
  { key: 'four', hosts: [{ host: 'mx.four.test', addresses: ['198.51.100.1', '198.51.100.2'] }] },
  { key: 'six', hosts: [{ host: 'mx.six.test', addresses: ['2001:db8::1'] }] },
  { key: 'both', hosts: [{ host: 'mx.both.test', addresses: ['2001:db8::2', '198.51.100.3'] }] },
];
const IPS = [...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [`192.0.2.${n}`, `2001:db8:1::${n}`]), 'host'];
const KINDS: readonly SendingKind[] = ['transactional', 'broadcast'];
const STILL = { now: () => 0, after: () => () => undefined };

/** A transaction under way: its address was claimed and not let go of yet. */
interface Sending {
  readonly lane: LaneId;
  readonly addressId: number;
}

interface RunningLane {
  readonly lane: Lane;
  book: LaneAddressBook;
  control: LaneControl;
  candidates: ReturnType<typeof createCandidates>;
}

class World {
  readonly store = new MemoryControlStore(STILL);
  readonly random: () => number;
  readonly lanes = new Map<LaneId, RunningLane>();
  readonly sending: Sending[] = [];
  readonly unbound = new Set<string>();
  /** The test's own book: which pools ever owned an address, and until when. Kept from what the store said at each edit. */
  owners = new Map<number, PoolAddress>();
  streams: Stream[] = [];
  transactions = 0;
  waited = 0;

  constructor(seed: number) {
    let state = seed;
    this.random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  }

  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.random() * list.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }

  async start(): Promise<void> {
    const account = await this.store.createAccount('a');
    for (const name of ['one', 'two', 'three']) {
      await this.store.createServer(account, name, DEFAULT_SERVER_SETTINGS);
    }
    for (const pool of await this.store.pools.pools()) await this.run(pool);
    await this.learn();
  }

  /** Starts a lane, or starts it again: what its thread knew is gone, and so are its transactions. */
  async run(lane: Lane): Promise<void> {
    this.lanes.get(lane.id)?.control.stop();
    for (let at = this.sending.length - 1; at >= 0; at -= 1)
      if (this.sending[at]?.lane === lane.id) this.sending.splice(at, 1);
    const book = createAddressBook({ pool: lane.id, hostname: 'out.test', clock: STILL });
    const control = createLaneControl({
      pool: lane.id,
      store: this.store.pools,
      book,
      isBound: (ip) => Promise.resolve(!this.unbound.has(ip)),
      usesOf: (id) => this.sending.filter((one) => one.lane === lane.id && one.addressId === id).length,
      onChanged: () => undefined,
      hold: () => undefined,
      pause: () => undefined,
      onReleased: (ids) => {
        for (const id of ids) void this.store.pools.dropAddress(id);
      },
      clock: STILL,
      log: silentLog,
    });
    this.lanes.set(lane.id, { lane, book, control, candidates: createCandidates(book, STILL) });
    await control.refresh();
  }

  async learn(): Promise<void> {
    this.owners = new Map((await this.store.pools.addresses()).map((address) => [address.id, address]));
    for (const { lane, addressId } of this.sending) {
      assert.ok(this.owners.has(addressId), `an address was given up while ${lane} still sent through it`);
    }
    const servers = [1, 2, 3] as ServerId[];
    this.streams = (await Promise.all(servers.map((id) => this.store.streams(id)))).flat();
  }

  /** An edit by an operator; a conflict is a fine answer. */
  async edit(): Promise<void> {
    const { pools } = this.store;
    const pool = this.pick([...this.lanes.keys()]);
    const address = this.owners.size === 0 ? undefined : this.pick([...this.owners.values()]);
    const stream = this.pick(this.streams);
    const edits: (() => Promise<unknown>)[] = [
      () => pools.addAddress({ pool, ip: this.pick(IPS), ehlo: undefined, shared: this.random() < 0.2 }),
      () => pools.addAddress({ pool, ip: this.pick(IPS), ehlo: undefined, shared: false }),
      () => pools.addAddress({ pool, ip: this.pick(IPS), ehlo: undefined, shared: false }),
      async () => address !== undefined && this.random() < 0.5 && pools.beginLeaving(address.id),
      async () =>
        address &&
        pools.setProof(address.id, {
          checkedAt: 0,
          verdict: this.pick(['fit', 'fit', 'fit', 'quarantined']),
          reasons: ['r'],
          ptr: undefined,
        }),
      () => pools.attachStream(stream.serverId, stream.id, pool),
      () => pools.attachServer(stream.serverId, pool),
      async () => {
        if (this.lanes.size < 8) await pools.createPool(`p${this.lanes.size}` as LaneId, this.pick(KINDS));
      },
      () => this.store.createStream(stream.serverId, `s${this.streams.length}` as StreamId, 's', this.pick(KINDS)),
      async () => {
        const ip = this.pick(IPS);
        if (!this.unbound.delete(ip) && this.random() < 0.3) this.unbound.add(ip);
      },
    ];
    await this.pick(edits)().catch((error: unknown) => {
      if (!(error instanceof PoolConflict)) throw error;
    });
    await this.learn();
  }

  /** What the threads do in between, each in its own time: hear of a change, die and start again, finish transactions. */
  async happen(): Promise<void> {
    const chance = this.random();
    const lane = this.pick([...this.lanes.values()]);
    if (chance < 0.5) await lane.control.refresh();
    else if (chance < 0.6) await this.run(lane.lane);
    else if (chance < 0.7)
      for (const pool of await this.store.pools.pools()) if (!this.lanes.has(pool.id)) await this.run(pool);
    if (chance > 0.6) this.sending.splice(0, Math.ceil(this.sending.length / 2));
    await this.learn();
  }

  send(): void {
    const known = this.pick(this.streams);
    // Control data that does not fit together, however it came about.
    const broken = this.random() < 0.02;
    const stream = broken ? { ...known, pool: this.pick([...this.lanes.keys(), 'nowhere' as LaneId]) } : known;
    const running = new Map([...this.lanes].map(([id, { lane }]) => [id, lane]));
    const verdict = laneOf(stream, running);
    if (verdict.kind === 'none') return;
    assert.equal(verdict.lane.kind, stream.kind, 'a lane of another kind');
    assert.equal(verdict.lane.id, stream.pool, 'the lane of another pool');
    const lane = this.lanes.get(verdict.lane.id);
    if (lane === undefined) throw new Error('no such lane');
    const site = this.pick(SITES);
    const candidate = lane.candidates.of(site)[0];
    if (candidate === undefined) {
      this.waited += 1;
      return;
    }
    const { local } = candidate;
    if (!lane.book.isUsable(local) || !lane.book.claim(local, site, 1)) return;
    this.sending.push({ lane: verdict.lane.id, addressId: local.id });
    if (this.sending.length > 50) this.sending.shift();
    this.transactions += 1;
    this.check(local.id, local.bind, verdict.lane);
  }

  /** By the test's own knowledge of the control data, not by what the lane believes. */
  check(addressId: number, bind: string | undefined, lane: Lane): void {
    const owner = this.owners.get(addressId);
    assert.ok(owner !== undefined, `an address that no pool has any more was used by ${lane.id}`);
    assert.equal(owner.pool, lane.id, 'an address of another pool');
    assert.equal(bind, owner.ip === 'host' ? undefined : owner.ip, 'not bound to the address');
    for (const other of this.owners.values()) {
      if (other.ip !== owner.ip || other.pool === owner.pool) continue;
      assert.ok(
        other.shared && owner.shared,
        `${owner.ip} is in ${owner.pool} and ${other.pool}, and nobody shared it`,
      );
    }
  }
}

const { numRuns: WORLDS } = fuzzRuns(10);
const ROUNDS = 600;
const SENDS = 400;

test('a million transactions under random edits and failures: none through an address of another pool', async () => {
  let transactions = 0;
  let waited = 0;
  for (let seed = 1; seed <= WORLDS; seed += 1) {
    const world = new World(seed * 7919);
    await world.start();
    for (let round = 0; round < ROUNDS; round += 1) {
      await (world.random() < 0.5 ? world.edit() : world.happen());
      for (let n = 0; n < SENDS; n += 1) world.send();
    }
    transactions += world.transactions;
    waited += world.waited;
  }
  // The test would prove nothing where nothing was sent, or nothing ever had to wait.
  assert.ok(transactions > WORLDS * ROUNDS * SENDS * 0.4, `only ${transactions} transactions`);
  assert.ok(waited > WORLDS * ROUNDS, `only ${waited} had to wait`);
});
