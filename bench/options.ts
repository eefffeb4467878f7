// The command line of `npm run bench` and the amounts that follow from it.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export const SCENARIOS = [
  'accept',
  'e2e',
  'idle',
  'http',
  'memory',
  'statistics',
  'templates',
  'bulk',
  'search',
] as const;
export type ScenarioName = (typeof SCENARIOS)[number];
export type PeerChoice = 'bulkhead' | 'postfix';

export interface BenchOptions {
  readonly only: readonly ScenarioName[];
  readonly peers: readonly PeerChoice[];
  readonly quick: boolean;
  readonly save: boolean;
  readonly rounds: number;
  readonly sessions: number;
  readonly domains: number;
  readonly size: number;
  readonly tmp: string;
  readonly amounts: Amounts;
}

/** Messages per measurement. Postfix gets fewer, since it is slower and a rate needs seconds, not messages. */
export interface Amounts {
  readonly warmUp: number;
  readonly accept: Readonly<Record<PeerChoice, number>>;
  readonly endToEnd: Readonly<Record<PeerChoice, number>>;
  readonly idle: number;
  readonly http: number;
  readonly queued: number;
  /** Tags on each day of the year of the statistics figure, in each of five streams. */
  readonly tags: number;
  /** For each of the rates of rendering. */
  readonly renderMs: number;
  /** Recipients of the bulk request, and how long each of its phases is looked at. */
  readonly bulk: number;
  readonly bulkPhaseMs: number;
  /** Messages in the store of the search figure, and how long each of its phases is. */
  readonly stored: number;
  readonly searchPhaseMs: number;
  readonly floorMs: number;
  readonly floorMessages: number;
}

export const USAGE = `npm run bench -- [options]

  --only LIST      of ${SCENARIOS.join(',')} (all)
  --peers LIST     of bulkhead,postfix (both)
  --quick          a smoke of a few seconds each, one round; its figures mean nothing and are not saved
  --rounds N       measurements of each figure, the median counts (3)
  --messages N     messages per measurement, for both peers
  --queued N       messages in the queue of the memory figure (200000)
  --stored N       messages in the store of the search figure (5000000)
  --tmp FOLDER     where the peers keep their data; a real disk (${tmpdir()})
  --save           write bench/results also after --quick
`;

const FULL: Amounts = {
  warmUp: 1500,
  accept: { bulkhead: 20_000, postfix: 10_000 },
  endToEnd: { bulkhead: 10_000, postfix: 3000 },
  idle: 300,
  http: 15_000,
  queued: 200_000,
  tags: 500,
  renderMs: 3000,
  bulk: 50_000,
  bulkPhaseMs: 15_000,
  stored: 5_000_000,
  searchPhaseMs: 15_000,
  floorMs: 3000,
  floorMessages: 30_000,
};

const QUICK: Amounts = {
  warmUp: 200,
  accept: { bulkhead: 2000, postfix: 1000 },
  endToEnd: { bulkhead: 1000, postfix: 400 },
  idle: 30,
  http: 1000,
  queued: 5000,
  tags: 5,
  renderMs: 300,
  bulk: 2000,
  bulkPhaseMs: 2000,
  stored: 50_000,
  searchPhaseMs: 1000,
  floorMs: 300,
  floorMessages: 3000,
};

export function readOptions(args: readonly string[]): BenchOptions | { readonly problem: string } {
  let values;
  try {
    values = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        peers: { type: 'string' },
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        messages: { type: 'string' },
        queued: { type: 'string' },
        stored: { type: 'string' },
        tmp: { type: 'string' },
        save: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return { problem: `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}` };
  }
  if (values.help) return { problem: USAGE };
  const only = listOf(values.only, SCENARIOS);
  const peers = listOf(values.peers, ['bulkhead', 'postfix'] as const);
  if (only === undefined || peers === undefined) return { problem: `unknown word in a list\n\n${USAGE}` };
  return {
    only,
    peers,
    quick: values.quick,
    save: values.save || !values.quick,
    rounds: Number(values.rounds ?? (values.quick ? 1 : 3)),
    sessions: 20,
    domains: 4,
    size: 4096,
    tmp: values.tmp ?? tmpdir(),
    amounts: amountsOf(values.quick ? QUICK : FULL, {
      messages: numberOf(values.messages),
      queued: numberOf(values.queued),
      stored: numberOf(values.stored),
    }),
  };
}

interface Asked {
  readonly messages: number | undefined;
  readonly queued: number | undefined;
  readonly stored: number | undefined;
}

function amountsOf(base: Amounts, { messages, queued, stored }: Asked): Amounts {
  const same = messages === undefined ? undefined : { bulkhead: messages, postfix: messages };
  return {
    ...base,
    accept: same ?? base.accept,
    endToEnd: same ?? base.endToEnd,
    http: messages ?? base.http,
    queued: queued ?? base.queued,
    stored: stored ?? base.stored,
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

export function listOf<Word extends string>(
  text: string | undefined,
  known: readonly Word[],
): readonly Word[] | undefined {
  if (text === undefined) return known;
  const words = text.split(',');
  const found = known.filter((word) => words.includes(word));
  return found.length === words.length ? found : undefined;
}
