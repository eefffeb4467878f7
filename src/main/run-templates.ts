// The thread for heavy work on templates as the process sees it. It starts with the first such work: most installations have none.
import { askThread, type AskedThread } from './ask-thread.ts';
import type { Config } from './config.ts';
import type { Secrets } from './secrets.ts';
import type { TemplateWorkerData } from './template-worker.ts';
import { heavyTemplatesOn } from '../backends/lanes/heavy-templates-client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { HeavyTemplates } from '../ports/heavy-templates.ts';

export interface TemplatesToRun {
  readonly config: Pick<Config, 'data' | 'log'>;
  readonly secrets: Pick<Secrets, 'vaultKey'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningTemplates extends Pick<AskedThread, 'ready' | 'stop'> {
  readonly heavy: HeavyTemplates;
}

/** Of a question, while the thread starts. */
const READY_MS = 10_000;
const DEADLINE_MS = 15_000;
/** A model of ten megabytes as text, as values, and as the text of an answer. */
const MAX_HEAP_MB = 512;
const YOUNG_MB = 16;

export function runTemplates({ config, secrets, clock, log }: TemplatesToRun): RunningTemplates {
  const { data, log: logging } = config;
  const workerData: TemplateWorkerData = {
    role: 'templates',
    config: { data, log: logging },
    secrets: { vaultKey: secrets.vaultKey },
  };
  const thread = askThread({
    name: 'templates',
    entry: new URL('./template-worker.ts', import.meta.url),
    workerData,
    maxHeapMb: MAX_HEAP_MB,
    youngMb: YOUNG_MB,
    handlers: {},
    onError: (method, error) => log.warn({ err: error, method }, 'a question of the thread for templates failed'),
    clock,
    log,
  });
  const { calls, ready, stop } = thread;
  return {
    heavy: heavyTemplatesOn({ calls, whenReady: () => thread.whenReady(READY_MS), deadlineMs: DEADLINE_MS }),
    ready,
    stop,
  };
}
