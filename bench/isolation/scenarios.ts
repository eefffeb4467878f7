// The six troubles that a broadcast stream can be in, as data: what its far side does, when its mail comes, how much.
import { NORMAL_MODE, type SinkMode } from '../sink/sink-session.ts';

export const SCENARIO_KEYS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
export type ScenarioKey = (typeof SCENARIO_KEYS)[number];

export interface Scenario {
  readonly key: ScenarioKey;
  readonly title: string;
  /** `flood`: accepted while the probe runs. `backlog`: waiting before it begins. */
  readonly arrives: 'flood' | 'backlog';
  readonly via: 'smtp' | 'http';
  /** How the broadcasts' far side behaves while the probe runs. */
  readonly sink: SinkMode;
  /** Far sides that are dead, or whose DNS is lame, instead of the sink. */
  readonly dead: boolean;
  /** The broadcast lane's worker is killed every so often. */
  readonly kills: boolean;
  readonly messages: number;
}

export const KILL_EVERY_MS = 20_000;
const FIVE_SECONDS = 5000;
/** RFC 5321 4.5.3.2.1 allows five minutes for a greeting; real tarpits keep below what clients give up at. */
const TARPIT_GREETING_MS = 35_000;
const TARPIT_BYTE_MS = 1000;

const COMMON = { arrives: 'backlog', via: 'smtp', sink: NORMAL_MODE, dead: false, kills: false } as const;

export const SCENARIOS: readonly Scenario[] = [
  { ...COMMON, key: 'a', title: 'a flood to a healthy sink', arrives: 'flood', messages: 200_000 },
  {
    ...COMMON,
    key: 'b',
    title: 'a sink that answers 421 after 5 s',
    sink: { ...NORMAL_MODE, refuseAfterMs: FIVE_SECONDS },
    messages: 50_000,
  },
  {
    ...COMMON,
    key: 'c',
    title: 'a tarpit',
    sink: { ...NORMAL_MODE, greetingDelayMs: TARPIT_GREETING_MS, byteDelayMs: TARPIT_BYTE_MS },
    messages: 50_000,
  },
  { ...COMMON, key: 'd', title: 'dead hosts and lame DNS', dead: true, messages: 50_000 },
  { ...COMMON, key: 'e', title: 'its worker killed every 20 s', kills: true, messages: 150_000 },
  { ...COMMON, key: 'f', title: 'a flood over HTTP bulk', arrives: 'flood', via: 'http', messages: 100_000 },
];

export function scenarioOf(key: ScenarioKey): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.key === key);
  if (found === undefined) throw new Error(`there is no scenario ${key}`);
  return found;
}
