// Rounds of load and SIGKILL on one data folder: start, submit over all doors, kill at a random moment, start again. At the
// end everything drains, and the proof is made.
//
// Randomness comes from a seed, so that a failing run can be tried again; what the machine does in between cannot.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkActivity, allArrived, prove, type Proof } from './delivery-proof.ts';
import { directSettings, LOAD_DOMAINS, startLoadZone } from './direct-delivery.ts';
import { eventually, startInstallation, type Installation } from './installation.ts';
import { startRecordingSink } from './recording-sink.ts';
import { newBook, startLoad } from './submit-load.ts';

export interface KillRounds {
  readonly rounds: number;
  readonly seed: number;
  /** Acceptances after which a round is killed: between `least` and `most`. Some rounds are killed before the first. */
  readonly least: number;
  readonly most: number;
  readonly drainDeadlineMs: number;
  /** One line a round. */
  readonly tell: (line: string) => void;
}

export interface KilledRounds extends Proof {
  readonly rounds: number;
  readonly activity: readonly string[];
  /** The most further copies that one kill left behind. */
  readonly mostDuplicatesOfAKill: number;
  /** Lines that the installations logged as errors. */
  readonly logged: readonly string[];
  readonly stopped: number | null;
}

/** Bounds what may be in flight in a lane, and with it the duplicates of a kill. */
export const LANE_WINDOW = 200;
export const LANES_KILLED = 2;
/** One round in so many is killed while it works off the backlog, without new mail. */
const DRAIN_ONLY_EVERY = 5;
const SLOWEST_REPLY_MS = 20;
const LONGEST_DELAY_MS = 100;

export async function runKillRounds(options: KillRounds): Promise<KilledRounds> {
  const random = seeded(options.seed);
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  const [sink, dns] = await Promise.all([startRecordingSink(), startLoadZone()]);
  const env = { ...directSettings(dns, sink), BULKHEAD_LANE_WINDOW: String(LANE_WINDOW) };
  const book = newBook();
  const logged: string[] = [];
  let installation: Installation | undefined;
  try {
    for (let round = 1; round <= options.rounds; round += 1) {
      sink.slowness(random() < 0.5 ? 0 : random() * SLOWEST_REPLY_MS);
      installation = await startInstallation({ data, env });
      const drainOnly = round % DRAIN_ONLY_EVERY === 0;
      const count = drainOnly ? 0 : Math.round(options.least + random() * (options.most - options.least));
      const load = drainOnly ? undefined : startLoad(installation, book, { domains: LOAD_DOMAINS });
      await load?.accepted(count);
      await pause(random() * LONGEST_DELAY_MS);
      await installation.kill();
      await load?.stop();
      // Only now: what the killed process had sent may still be on its way to the sink.
      sink.nextPhase();
      logged.push(...errorsIn(installation));
      options.tell(`round ${round}: ${book.accepted} accepted so far, ${sink.recipients} recipients reached`);
    }
    sink.slowness(0);
    const last = (installation = await startInstallation({ data, env }));
    await eventually(
      'everything accepted to arrive',
      async () => (allArrived(book, sink) ? true : undefined),
      options.drainDeadlineMs,
    ).catch((error: unknown) => options.tell(String(error)));
    await untilEmpty(last, options.drainDeadlineMs).catch((error: unknown) => options.tell(String(error)));
    const activity = await checkActivity({ http: last.http, book, deadlineMs: options.drainDeadlineMs });
    const stopped = await last.stop();
    logged.push(...errorsIn(last));
    const mostDuplicatesOfAKill = mostOfAPhase(sink.copies.values());
    return { ...prove(book, sink), rounds: options.rounds, activity, mostDuplicatesOfAKill, logged, stopped };
  } finally {
    await installation?.kill();
    await Promise.all([sink.close(), dns.close()]);
    rmSync(data, { recursive: true, force: true });
  }
}

/** Also what was accepted and never answered has left. */
export async function untilEmpty(installation: Installation, deadlineMs: number): Promise<void> {
  await eventually(
    'empty queues',
    async () => {
      const { body } = await installation.api('GET', '/status');
      return body.Lanes.every(({ Queued }: { Queued: number }) => Queued === 0) ? true : undefined;
    },
    deadlineMs,
  );
}

export function errorsIn(installation: Pick<Installation, 'output'>): string[] {
  return installation
    .output()
    .split('\n')
    .filter((line) => /"level":(50|60|"error"|"fatal")/.test(line) || /^\s*\w*Error\b/.test(line));
}

export function summaryOf(result: KilledRounds): string {
  const { rounds, submitted, accepted, refused, unanswered, recipients } = result;
  const counts = [
    `${rounds} kills`,
    `${submitted} submitted`,
    `${accepted} accepted (${recipients} recipients)`,
    `${refused} refused`,
    `${unanswered} without an answer`,
    `${result.lost.length} lost`,
    `${result.duplicates.length} duplicates (${result.mostDuplicatesOfAKill} at most of one kill, ${result.unexplained.length} unexplained)`,
    `${result.partial.length} partial`,
    `${result.kept.length} kept though refused`,
    `${result.broken.length} broken`,
    `${result.activity.length} wrong in the activity`,
  ];
  return counts.join(', ');
}

/** What must be empty. */
export function faultsOf(result: KilledRounds): readonly string[] {
  const { lost, unexplained, partial, kept, broken, activity } = result;
  return [lost, unexplained, partial, kept, broken, activity].flat();
}

function mostOfAPhase(copies: Iterable<readonly { readonly phase: number }[]>): number {
  const counts = new Map<number, number>();
  for (const list of copies) for (const { phase } of list.slice(1)) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
