// `npm run bench`: Bulkhead beside Postfix on this machine, each figure of the table of targets, with the machine's own
// floors measured in the same run. Peers alternate, so that a drift of the machine meets both; medians count.
// How each figure is made, and what it leaves out, is in bench/README.md. Nothing leaves loopback.
import { figuresOf, type Rounds, type Samples } from './figures.ts';
import { measureFloors } from './floors.ts';
import { readOptions, type BenchOptions, type PeerChoice, type ScenarioName } from './options.ts';
import { saveResult, toMarkdown, type Result } from './report.ts';
import { measureAccept } from './scenarios/accept.ts';
import { measureBulk } from './scenarios/bulk.ts';
import { measureEndToEnd } from './scenarios/end-to-end.ts';
import { measureHttp } from './scenarios/http.ts';
import { measureIdle } from './scenarios/idle.ts';
import { measureMemory } from './scenarios/memory.ts';
import { measureSearch } from './scenarios/search.ts';
import { measureStatistics } from './scenarios/statistics.ts';
import { measureTemplates } from './scenarios/templates.ts';
import { describeMachine } from './system/machine.ts';

const options = readOptions(process.argv.slice(2));
if ('problem' in options) {
  process.stderr.write(options.problem);
  process.exitCode = 2;
} else {
  process.exitCode = await runBench(options);
}

/** @returns the exit code: 1 when something could not be measured. A missed target is a result, not a failure. */
async function runBench(options: BenchOptions): Promise<number> {
  const machine = describeMachine();
  const failures: string[] = [];
  say('floors');
  const floors = await measureFloors({
    tmp: options.tmp,
    milliseconds: options.amounts.floorMs,
    messages: options.amounts.floorMessages,
    idleMessages: options.amounts.idle,
  });
  const samples: Samples = {};
  for (const name of options.only) Object.assign(samples, await scenario(name, options, failures));
  const result: Result = { machine, options, floors, figures: figuresOf(samples, floors), failures, samples };
  process.stdout.write(`\n${toMarkdown(result)}`);
  if (options.save) say(`written: ${saveResult(result)}.{md,json}`);
  return failures.length === 0 ? 0 : 1;
}

async function scenario(name: ScenarioName, options: BenchOptions, failures: string[]): Promise<Samples> {
  const collect = collector(options, failures);
  switch (name) {
    case 'accept':
      return {
        acceptReused: await collect('accept, reused', (peer) => measureAccept(options, peer, false)),
        acceptEach: await collect('accept, one a connection', (peer) => measureAccept(options, peer, true)),
      };
    case 'e2e':
      return {
        endToEndReused: await collect('end to end, reused', (peer) => measureEndToEnd(options, peer, false)),
        endToEndEach: await collect('end to end, one a connection', (peer) => measureEndToEnd(options, peer, true)),
      };
    case 'idle':
      return { idle: await collect('idle latency', (peer) => measureIdle(options, peer)) };
    case 'http':
      return {
        httpSingle: await collect('POST /email', () => measureHttp(options, 'single'), ['bulkhead']),
        httpBatch: await collect('POST /email/batch', () => measureHttp(options, 'batch'), ['bulkhead']),
      };
    case 'bulk':
      return { bulk: await collect('bulk', () => measureBulk(options), ['bulkhead']) };
    case 'memory':
      return { memory: await collect('memory', () => measureMemory(options), ['bulkhead'], 1) };
    case 'search':
      return { search: await collect('search', () => measureSearch(options), ['bulkhead'], 1) };
    case 'statistics':
      return { statistics: await collect('statistics', () => measureStatistics(options), ['bulkhead'], 1) };
    case 'templates':
      return { templates: await collect('templates', () => measureTemplates(options), ['bulkhead']) };
  }
}

type Collect = <Sample>(
  label: string,
  measure: (peer: PeerChoice) => Promise<Sample>,
  only?: readonly PeerChoice[],
  mostRounds?: number,
) => Promise<Rounds<Sample>>;

/** Measures round by round, the peers in turn, each round beginning with the other one. */
function collector(options: BenchOptions, failures: string[]): Collect {
  return async (label, measure, only = ['bulkhead', 'postfix'], mostRounds = options.rounds) => {
    const peers = options.peers.filter((peer) => only.includes(peer));
    const rounds: Record<PeerChoice, Awaited<ReturnType<typeof measure>>[]> = { bulkhead: [], postfix: [] };
    for (let round = 0; round < Math.min(options.rounds, mostRounds); round += 1) {
      for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
        say(`${label}: ${peer}, round ${round + 1}`);
        try {
          rounds[peer].push(await measure(peer));
        } catch (error) {
          failures.push(
            `${label}, ${peer}, round ${round + 1}: ${error instanceof Error ? error.message : String(error)}`,
          );
          say(failures.at(-1) ?? '');
        }
      }
    }
    return rounds;
  };
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
