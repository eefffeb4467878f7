// The bus of an installation: its threads find each other by the data folder.
import { resolve } from 'node:path';
import type { Config } from './config.ts';
import { joinBus, type Bus } from '../backends/lanes/bus.ts';
import type { Clock } from '../lib/clock.ts';

export function installationBus(config: Pick<Config, 'data'>, clock: Clock): Bus {
  return joinBus({ name: `bulkhead ${resolve(config.data)}`, clock });
}
