// `npm run bench:isolation`: does trouble of broadcasts reach transactional mail? One transactional message every 200 ms
// while the broadcast stream is flooded, refused, trapped, killed, beside Postfix in two configurations. What is measured
// and how is in bench/README.md. Nothing leaves loopback.
import { measure } from './isolation/measure.ts';
import { missed } from './isolation/judge.ts';
import { forecast, readOptions, type IsolationOptions, type IsolationPeer } from './isolation/options.ts';
import { toMarkdown } from './isolation/report.ts';
import { keyOf, merge, type IsolationResult, type Taken } from './isolation/result.ts';
import { addTo, nameOf, NOTHING } from './isolation/save.ts';
import type { ScenarioKey } from './isolation/scenarios.ts';
import { describeMachine, type Machine } from './system/machine.ts';

const options = readOptions(process.argv.slice(2));
if ('problem' in options) {
  process.stderr.write(options.problem);
  process.exitCode = 2;
} else {
  process.exitCode = await run(options);
}

/** @returns the exit code: 1 when something could not be measured. A missed target is a result, not a failure. */
async function run(options: IsolationOptions): Promise<number> {
  const machine = describeMachine();
  const name = options.into ?? nameOf(machine, options);
  const all = options.scenarios.flatMap((key) => options.peers.map((peer) => ({ key, peer })));
  say(`${all.length} measurements, about ${Math.ceil(forecast(options) / 60)} minutes in all`);
  let result: IsolationResult = NOTHING;
  for (const { key, peer } of all) {
    const news = await one(options, key, peer, machine);
    result = merge(result, news);
    if (options.save) say(`written: ${addTo(name, news)}.{md,json}`);
  }
  process.stdout.write(`\n${toMarkdown(result)}`);
  return result.failures.length === 0 ? 0 : 1;
}

async function one(
  options: IsolationOptions,
  key: ScenarioKey,
  peer: IsolationPeer,
  { commit, dirty }: Machine,
): Promise<IsolationResult> {
  const label = keyOf({ scenario: key, peer });
  say(`${label} …`);
  // The checkout may move on during the run; what runs was read at its start.
  const machine = { ...describeMachine(), commit, dirty };
  try {
    const taken: Taken = { ...(await measure({ options, key, peer })), machine, quick: options.quick };
    const misses = missed(taken);
    say(`${label}: ${misses.length === 0 ? 'everything reached' : misses.join('; ')}`);
    return { taken: [taken], failures: [] };
  } catch (error) {
    const failure = `${label}: ${error instanceof Error ? error.message : String(error)}`;
    say(failure);
    return { taken: [], failures: [failure] };
  }
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
