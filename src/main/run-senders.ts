// Senders while the server runs: looks at the records of sending domains, sends confirmations, and gives the API what it needs
// for both.
//
// Promises: nothing waits for the looks; trouble with one round is logged and the next one goes on.
import type { Config } from './config.ts';
import type { Secrets } from './secrets.ts';
import { senderTools } from './sender-tools.ts';
import { ownSubmit, type SubmitOwn } from './system-mail.ts';
import { createConfirmations } from '../core/confirm-sender.ts';
import type { SenderTools } from '../core/manage-signatures.ts';
import type { Submit } from '../core/submit.ts';
import { watchDomains, type WatchDeps } from '../core/watch-domains.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface SendersToRun {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly store: ControlStore;
  readonly submit: Submit;
  /** Base URL of the HTTP door; undefined until it listens. */
  readonly http: () => string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningSenders {
  readonly tools: SenderTools;
  /** Takes mail of the installation itself. */
  readonly submitOwn: SubmitOwn;
  /** Waits for the round that is under way. */
  stop(): Promise<void>;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 30_000;

export function startSenders(options: SendersToRun): RunningSenders {
  const { config, secrets, store, submit, http, clock, log } = options;
  const { hostname } = config;
  const tools = senderTools(config, clock);
  const submitOwn = ownSubmit({ store, submit, hostname, log });
  const confirmations = createConfirmations({
    ...{ store, submit: submitOwn, hostname, clock, log },
    key: secrets.confirmKey,
    publicUrl: () => config.publicUrl ?? http(),
  });
  const lifetimeMs = config.retryLifetime * SECOND_MS + DAY_MS;
  const stop = keepLooking({ store, ...tools, random: Math.random, lifetimeMs, clock, log });
  return { tools: { ...tools, confirmations }, submitOwn, stop };
}

function keepLooking(deps: WatchDeps & { readonly clock: Clock }): () => Promise<void> {
  const { clock, log, rules } = deps;
  const everyMs = Math.min(LOOK_EVERY_MS, rules.checkEveryMs);
  const ending = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let cancel = later();

  function later(): () => void {
    return clock.after(everyMs, () => void (running = round()));
  }

  async function round(): Promise<void> {
    try {
      await watchDomains(deps, ending.signal);
    } catch (error) {
      log.error({ err: error }, 'sending domains could not be looked at; trying again');
    }
    if (!ending.signal.aborted) cancel = later();
  }

  return async () => {
    ending.abort();
    cancel();
    await running;
  };
}
