// kill -9 under load, the long form: `npm run test:kill`, or `npm run test:kill -- --rounds 100 --seed 5`. Prints a line a
// round and a summary at the end; exit code 1 where anything was lost or is not explained.
import { parseArgs } from 'node:util';
import { faultsOf, LANE_WINDOW, LANES_KILLED, runKillRounds, summaryOf } from '../support/kill-rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    least: { type: 'string', default: '100' },
    most: { type: 'string', default: '3000' },
  },
});
const SHOWN_FAULTS = 50;

console.log(`seed ${values.seed}`);
const result = await runKillRounds({
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  least: Number(values.least),
  most: Number(values.most),
  drainDeadlineMs: 300_000,
  tell: (line) => console.log(line),
});
const faults = [
  ...faultsOf(result),
  ...result.logged,
  ...(result.stopped === 0 ? [] : [`the last stop ended with ${result.stopped}`]),
  ...(result.mostDuplicatesOfAKill <= LANE_WINDOW * LANES_KILLED ? [] : ['a kill left more than could be in flight']),
];
for (const fault of faults.slice(0, SHOWN_FAULTS)) console.log(`FAULT  ${fault}`);
console.log(summaryOf(result));
process.exitCode = faults.length > 0 ? 1 : 0;
