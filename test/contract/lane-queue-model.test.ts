// Random sequences of calls on a lane's queue, checked against the simplest model of it. FUZZ_RUNS lengthens it.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import type { Lease, NewMessage, PendingDelivery, StreamKey } from '../../src/ports/lane-queue.ts';
import { freshFile, LANE_BACKENDS, openSqliteLane, type OpenLane } from './lane-backends.ts';
import { delivered, finished, kept, later, newMessage, NOON } from './lane-fixture.ts';
import { LaneModel } from './lane-model.ts';

interface WantedMessage {
  readonly at: number;
  readonly domains: readonly string[];
  readonly stream: number;
}

/** Two servers with two streams each. */
const streamKey = (pick: number): StreamKey => ({
  serverId: (1 + (pick & 1)) as ServerId,
  streamId: `stream ${pick >> 1}` as StreamId,
});

type Step =
  | { readonly kind: 'append'; readonly messages: readonly WantedMessage[] }
  | { readonly kind: 'repeat'; readonly pick: number }
  | { readonly kind: 'lease'; readonly limit: number; readonly at: number }
  | { readonly kind: 'settle'; readonly picks: readonly number[]; readonly requeueAt: number | undefined }
  | { readonly kind: 'release'; readonly picks: readonly number[] }
  | { readonly kind: 'postpone'; readonly picks: readonly number[]; readonly dueAt: number }
  | { readonly kind: 'hold'; readonly streams: readonly number[] }
  | { readonly kind: 'record'; readonly pick: number }
  | { readonly kind: 'reopen' };

const offset = fc.integer({ min: 0, max: 6 });
const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
const domains = fc.subarray(['one.example', 'two.example', 'three.example'], { minLength: 1 });
const stream = fc.integer({ min: 0, max: 3 });
const messages = fc.array(fc.record({ at: offset, domains, stream }), { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append'), messages }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat'), pick: fc.nat() }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('lease'), limit: fc.integer({ min: 1, max: 5 }), at: offset }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('settle'), picks, requeueAt: fc.option(offset, { nil: undefined }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release'), picks }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('postpone'), picks, dueAt: offset }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold'), streams: fc.array(stream, { maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('record'), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen') }) },
);

interface Subject {
  readonly name: string;
  open(): OpenLane;
  /** The same queue after its process ended; undefined where nothing survives. */
  reopen: ((lane: OpenLane) => Promise<OpenLane>) | undefined;
}

/** `ready` bounds what is kept in memory, so that both ways to a message are taken. */
function sqlite(ready: number): Subject {
  const files = new WeakMap<OpenLane, string>();
  const open = (file: string): OpenLane => {
    const lane = openSqliteLane(file, { readyMessages: ready });
    files.set(lane, file);
    return lane;
  };
  return {
    name: `SQLite with ${ready} messages ready`,
    open: () => open(freshFile()),
    reopen: async (lane) => {
      await lane[Symbol.asyncDispose]();
      return open(files.get(lane) ?? '');
    },
  };
}

const memory = LANE_BACKENDS.filter(({ name }) => name === 'memory').map((backend): Subject => ({
  name: backend.name,
  open: () => backend.openLane(),
  reopen: undefined,
}));

for (const subject of [...memory, sqlite(0), sqlite(2), sqlite(1000)]) {
  test(`a lane queue in ${subject.name} does what the model does`, async () => {
    const numRuns = Number(process.env['FUZZ_RUNS'] ?? 30);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => play(subject, steps)),
      { numRuns },
    );
  });
}

async function play(subject: Subject, steps: readonly Step[]): Promise<void> {
  const game = new Game(subject);
  try {
    for (const step of steps) await game.play(step);
    await game.compareEvents();
  } finally {
    await game.end();
  }
}

/** The queue and the model, which get the same calls. */
class Game {
  readonly #subject: Subject;
  readonly #model = new LaneModel();
  readonly #sent: NewMessage[] = [];
  #lane: OpenLane;
  #held: Lease[] = [];

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#lane = subject.open();
  }

  async play(step: Step): Promise<void> {
    await this.#do(step);
    const { queue } = this.#lane;
    assert.deepEqual(await queue.depth(), this.#model.depth());
    assert.deepEqual(new Set(await queue.backlog(10)), new Set(this.#model.backlog()));
    const id = this.#sent[this.#sent.length >> 1]?.message.id;
    if (id !== undefined) assert.deepEqual((await queue.pending(id)).map(left), this.#model.pending(id));
  }

  async compareEvents(): Promise<void> {
    const log = await this.#lane.reader.read(0, 10_000);
    assert.deepEqual(kept(log.map(({ event }) => event)), kept(this.#model.events));
    assert.ok(log.every(({ seq }, index) => index === 0 || seq > (log[index - 1]?.seq ?? 0)));
  }

  async end(): Promise<void> {
    await this.#lane[Symbol.asyncDispose]();
  }

  async #do(step: Step): Promise<void> {
    switch (step.kind) {
      case 'append':
        return this.#append(step.messages);
      case 'repeat':
        return this.#repeat(step.pick);
      case 'lease':
        return this.#lease(step.limit, NOON + step.at);
      case 'settle':
        return this.#settle(step.picks, step.requeueAt);
      case 'release':
        return this.#release(step.picks);
      case 'postpone':
        return this.#postpone(step.picks, NOON + step.dueAt);
      case 'hold':
        return this.#hold(step.streams.map(streamKey));
      case 'record':
        return this.#record(step.pick);
      case 'reopen':
        return this.#reopen();
    }
  }

  async #append(wanted: readonly WantedMessage[]): Promise<void> {
    const added = wanted.map(({ at, domains, stream }) => {
      const { serverId: server, streamId } = streamKey(stream);
      return newMessage({ at: NOON + at, to: domains.map((domain) => `ann@${domain}`), server, stream: streamId });
    });
    this.#sent.push(...added);
    this.#model.append(added);
    await this.#lane.queue.append(added);
  }

  async #repeat(pick: number): Promise<void> {
    const again = this.#sent[pick % this.#sent.length];
    if (again !== undefined) await this.#lane.queue.append([again]);
  }

  async #lease(limit: number, now: number): Promise<void> {
    const leases = await this.#lane.queue.lease(limit, now);
    assert.deepEqual(leases.map(seen), this.#model.lease(limit, now));
    for (const { message, raw } of leases) assert.equal(raw.length, message.size);
    this.#held.push(...leases);
  }

  async #settle(picks: readonly number[], requeueAt: number | undefined): Promise<void> {
    const chosen = this.#take(picks);
    const settlements = chosen.map((lease) =>
      requeueAt === undefined ? finished(lease) : later(lease, NOON + requeueAt),
    );
    this.#model.settle(chosen, settlements);
    await this.#lane.queue.settle(settlements);
  }

  async #release(picks: readonly number[]): Promise<void> {
    const chosen = this.#take(picks);
    this.#model.release(chosen);
    await this.#lane.queue.release(chosen.map(({ deliveryId }) => deliveryId));
  }

  async #postpone(picks: readonly number[], dueAt: number): Promise<void> {
    const chosen = this.#take(picks);
    this.#model.postpone(chosen, dueAt);
    await this.#lane.queue.postpone(chosen.map(({ deliveryId }) => ({ deliveryId, dueAt })));
  }

  async #hold(streams: readonly StreamKey[]): Promise<void> {
    this.#model.setHeld(streams);
    this.#lane.queue.setHeld(streams);
  }

  async #record(pick: number): Promise<void> {
    const about = this.#sent[pick % this.#sent.length];
    if (about === undefined) return;
    const events = [delivered(about.message)];
    this.#model.events.push(...events);
    await this.#lane.queue.record(events);
  }

  async #reopen(): Promise<void> {
    if (this.#subject.reopen === undefined) return;
    this.#lane = await this.#subject.reopen(this.#lane);
    this.#model.reopen();
    this.#held = [];
  }

  #take(picks: readonly number[]): Lease[] {
    const chosen = new Set(picks.flatMap((pick) => this.#held[pick % this.#held.length] ?? []));
    this.#held = this.#held.filter((lease) => !chosen.has(lease));
    return [...chosen];
  }
}

function seen({ message, domain, recipients, attempts }: Lease) {
  return { id: message.id, domain, recipients, attempts };
}

function left({ domain, recipients, dueAt, attempts, leased }: PendingDelivery) {
  return { domain, recipients, dueAt, attempts, leased };
}
