// The command line of `npm run bench:isolation`, the amounts that follow from it, and how long it will take.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { listOf } from '../options.ts';
import { SCENARIO_KEYS, scenarioOf, type ScenarioKey } from './scenarios.ts';

export const PEERS = ['bulkhead', 'postfix', 'postfix-two'] as const;
export type IsolationPeer = (typeof PEERS)[number];

export interface IsolationOptions {
  readonly scenarios: readonly ScenarioKey[];
  readonly peers: readonly IsolationPeer[];
  readonly quick: boolean;
  /** Name of the result in bench/results without ending, where it is not to follow from date and commit. */
  readonly into: string | undefined;
  readonly save: boolean;
  /** Probing of Bulkhead, and of the peers beside it. */
  readonly seconds: number;
  readonly peerSeconds: number;
  readonly idleSeconds: number;
  /** Between two probes. */
  readonly intervalMs: number;
  readonly sessions: number;
  readonly size: number;
  readonly warmUp: number;
  readonly tmp: string;
  /** Looks into Bulkhead's threads meanwhile. */
  readonly turns: boolean;
  /** Broadcast messages of each scenario, where they are not its own amount. */
  readonly messages: number | undefined;
  readonly backlog: number | undefined;
}

export const USAGE = `npm run bench:isolation -- [options]

  --scenarios LIST   of ${SCENARIO_KEYS.join(',')} (all)
  --peers LIST       of ${PEERS.join(',')} (all)
  --seconds N        how long each scenario is probed on Bulkhead, five messages a second (300)
  --peer-seconds N   the same on Postfix (60)
  --messages N       broadcasts that flood in, in a and f (200000 and 100000; on Postfix in proportion to the time)
  --backlog N        broadcasts that wait beforehand, in b to e (50000, e 150000; on Postfix at most 15000)
  --into NAME        bench/results/NAME.{md,json}: what is there already is kept and merged (date and commit)
  --quick            a smoke of some seconds each; its figures mean nothing and are not saved
  --save             write bench/results also after --quick
  --turns            shows where the time of Bulkhead's threads goes; costs a timer in each
  --tmp FOLDER       where the servers keep their data; a real disk (${tmpdir()})
`;

const INTERVAL_MS = 200;
/** Postfix's active queue holds 20,000 messages of all transports together; behind a larger backlog nothing moves. */
const PEER_BACKLOG = 15_000;

export function readOptions(args: readonly string[]): IsolationOptions | { readonly problem: string } {
  let values;
  try {
    values = parseArgs({
      args: [...args],
      options: {
        scenarios: { type: 'string' },
        peers: { type: 'string' },
        seconds: { type: 'string' },
        'peer-seconds': { type: 'string' },
        messages: { type: 'string' },
        backlog: { type: 'string' },
        into: { type: 'string' },
        tmp: { type: 'string' },
        quick: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
        turns: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return { problem: `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}` };
  }
  if (values.help) return { problem: USAGE };
  const { quick } = values;
  const scenarios = listOf(values.scenarios, SCENARIO_KEYS);
  const peers = listOf(values.peers, PEERS);
  if (scenarios === undefined || peers === undefined) return { problem: `unknown word in a list\n\n${USAGE}` };
  const numbers = {
    seconds: numberOf(values.seconds) ?? (quick ? 4 : 300),
    peerSeconds: numberOf(values['peer-seconds']) ?? (quick ? 4 : 60),
    messages: numberOf(values.messages) ?? (quick ? 2000 : undefined),
    backlog: numberOf(values.backlog) ?? (quick ? 1000 : undefined),
  };
  if (Object.values(numbers).some(Number.isNaN)) return { problem: `amounts are whole numbers above 0\n\n${USAGE}` };
  return {
    ...numbers,
    scenarios,
    peers,
    quick,
    into: values.into,
    save: values.save || !quick,
    idleSeconds: quick ? 2 : 20,
    intervalMs: INTERVAL_MS,
    sessions: 20,
    size: 4096,
    warmUp: quick ? 50 : 500,
    tmp: values.tmp ?? tmpdir(),
    turns: values.turns,
  };
}

export function secondsOf(options: IsolationOptions, peer: IsolationPeer): number {
  return peer === 'bulkhead' ? options.seconds : options.peerSeconds;
}

/** Broadcasts of a scenario on a peer: a flood in proportion to the time, a backlog up to a bound. */
export function messagesOf(options: IsolationOptions, key: ScenarioKey, peer: IsolationPeer): number {
  const { arrives, messages: own } = scenarioOf(key);
  if (arrives === 'backlog') {
    return options.backlog ?? (peer === 'bulkhead' ? own : Math.min(own, PEER_BACKLOG));
  }
  if (options.messages !== undefined) return options.messages;
  return Math.ceil((own * secondsOf(options, peer)) / options.seconds);
}

/** What a server takes in from twenty sessions on two cores, roughly, for the forecast. */
const ACCEPTS_PER_SECOND: Readonly<Record<IsolationPeer, number>> = {
  bulkhead: 2500,
  postfix: 700,
  'postfix-two': 700,
};
/** Start, warm-up and stop of a server. */
const SET_UP_S = 12;

/** Seconds that the whole run takes, roughly. */
export function forecast(options: IsolationOptions): number {
  let seconds = 0;
  for (const key of options.scenarios) {
    for (const peer of options.peers) {
      const backlog = scenarioOf(key).arrives === 'backlog';
      const filling = backlog ? messagesOf(options, key, peer) / ACCEPTS_PER_SECOND[peer] : 0;
      seconds += SET_UP_S + options.idleSeconds + filling + secondsOf(options, peer);
    }
  }
  return Math.round(seconds);
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : NaN;
}
