// What runs inside the thread for heavy work on templates: it finds, parses, renders and inlines what would hold up the thread that
// accepts mail. The entry file of the thread.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { answerQuestions } from './answer-questions.ts';
import type { FromThread } from './ask-thread.ts';
import type { Config } from './config.ts';
import { controlFile } from './files.ts';
import type { Secrets } from './secrets.ts';
import { yieldToOthers } from './thread-priority.ts';
import { createCssInliner } from '../backends/css/css-inliner.ts';
import { createCalls } from '../backends/lanes/calls.ts';
import { openControlStore } from '../backends/sqlite/control-store.ts';
import { createHeavyTemplates } from '../core/heavy-templates.ts';
import { createTemplates } from '../core/sendable-template.ts';
import { presentTrial } from '../doors/api/present-templates.ts';
import { systemClock } from '../lib/clock.ts';
import { createIdleCollector } from '../lib/idle-collector.ts';
import { createLog } from '../lib/log.ts';
import type { HeavyTemplates } from '../ports/heavy-templates.ts';

export interface TemplateWorkerData {
  readonly role: 'templates';
  readonly config: Pick<Config, 'data' | 'log'>;
  readonly secrets: Pick<Secrets, 'vaultKey'>;
}

function run(port: MessagePort, { config, secrets }: TemplateWorkerData): void {
  const clock = systemClock;
  const log = createLog(config.log, { role: 'templates' });
  yieldToOthers(log);
  const control = openControlStore({ file: controlFile(config.data), key: secrets.vaultKey });
  const store = control.templates;
  const inliner = createCssInliner();
  const templates = createTemplates({ store, inliner, clock });
  const heavy = createHeavyTemplates({ store, templates, inliner, present: presentTrial });
  const calls = createCalls({
    post: (said) => port.postMessage(said satisfies FromThread),
    handlers: {
      render: (...args) => heavy.render(...(args as unknown as Parameters<HeavyTemplates['render']>)),
      try: (...args) => heavy.try(...(args as unknown as Parameters<HeavyTemplates['try']>)),
      check: (...args) => heavy.check(...(args as unknown as Parameters<HeavyTemplates['check']>)),
    },
    onError: (method, error) => log.error({ err: error, method }, 'work on a template failed'),
    clock,
  });

  const idle = createIdleCollector({ clock });
  answerQuestions(port, {
    receive(said) {
      idle.worked();
      calls.receive(said);
    },
    async close() {
      idle.stop();
      await control.close();
    },
  });
}

const given = workerData as TemplateWorkerData | { readonly role: string } | null;
if (parentPort !== null && given !== null && given.role === 'templates') run(parentPort, given as TemplateWorkerData);
