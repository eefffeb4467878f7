// Random sequences of calls on a lane's queue, checked against the simplest model of it. FUZZ_RUNS lengthens it.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import type { Lease, NewMessage } from '../../src/ports/lane-queue.ts';
import { freshFile, LANE_BACKENDS, openSqliteLane, type OpenLane } from './lane-backends.ts';
import { finished, kept, later, newMessage, NOON } from './lane-fixture.ts';
import { LaneModel } from './lane-model.ts';

interface WantedMessage {
  readonly at: number;
  readonly domains: readonly string[];
}

type Step =
  | { readonly kind: 'append'; readonly messages: readonly WantedMessage[] }
  | { readonly kind: 'repeat'; readonly pick: number }
  | { readonly kind: 'lease'; readonly limit: number; readonly at: number }
  | { readonly kind: 'settle'; readonly picks: readonly number[]; readonly requeueAt: number | undefined }
  | { readonly kind: 'release'; readonly picks: readonly number[] }
  | { readonly kind: 'reopen' };

const offset = fc.integer({ min: 0, max: 6 });
const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
const domains = fc.subarray(['one.example', 'two.example', 'three.example'], { minLength: 1 });
const messages = fc.array(fc.record({ at: offset, domains }), { minLength: 1, maxLength: 3 });
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
    if (step.kind === 'append') await this.#append(step.messages);
    else if (step.kind === 'repeat') await this.#repeat(step.pick);
    else if (step.kind === 'lease') await this.#lease(step.limit, NOON + step.at);
    else if (step.kind === 'settle') await this.#settle(step.picks, step.requeueAt);
    else if (step.kind === 'release') await this.#release(step.picks);
    else await this.#reopen();
    assert.deepEqual(await this.#lane.queue.depth(), this.#model.depth());
  }

  async compareEvents(): Promise<void> {
    const log = await this.#lane.reader.read(0, 10_000);
    assert.deepEqual(kept(log.map(({ event }) => event)), kept(this.#model.events));
    assert.ok(log.every(({ seq }, index) => index === 0 || seq > (log[index - 1]?.seq ?? 0)));
  }

  async end(): Promise<void> {
    await this.#lane[Symbol.asyncDispose]();
  }

  async #append(wanted: readonly WantedMessage[]): Promise<void> {
    const added = wanted.map(({ at, domains }) =>
      newMessage({ at: NOON + at, to: domains.map((domain) => `ann@${domain}`) }),
    );
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

  async #reopen(): Promise<void> {
    if (this.#subject.reopen === undefined) return;
    this.#lane = await this.#subject.reopen(this.#lane);
    this.#model.release(this.#held);
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
