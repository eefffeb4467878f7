// Heavy work on templates on another thread, seen from the thread that accepts mail: one job at a time goes over, servers take
// turns, and what cannot be done in time is refused for now.
import { CallLost, type Calls } from './calls.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { createFairLine } from '../../lib/fair-line.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { HeavyTemplates, TemplateRendered, TrialAnswer } from '../../ports/heavy-templates.ts';

export interface HeavyTemplatesClientOptions {
  readonly calls: Calls;
  /** Resolves with true when the thread is up (again), with false where that takes too long. */
  readonly whenReady: () => Promise<boolean>;
  /** Of one job, without its wait. */
  readonly deadlineMs: number;
}

/** A batch of 500 messages works on a hundred at a time. */
const LINE = { maxWaiting: 1000, maxWaitingOfGroup: 250 };
const NO_SERVER = 0;

export function heavyTemplatesOn({ calls, whenReady, deadlineMs }: HeavyTemplatesClientOptions): HeavyTemplates {
  const line = createFairLine(LINE);

  async function ask(serverId: ServerId | undefined, method: keyof HeavyTemplates, args: readonly unknown[]) {
    try {
      const asked = line.enter(serverId ?? NO_SERVER, async () => {
        if (!(await whenReady())) return undefined;
        return { value: await calls.call(method, args, { deadlineMs }) };
      });
      return await asked;
    } catch (error) {
      if (error instanceof CallLost) return undefined;
      throw error;
    }
  }

  return {
    async render(job) {
      const answer = await ask(job.serverId, 'render', [job]);
      return (answer?.value ?? { kind: 'refused', error: unavailable() }) as TemplateRendered;
    },
    async try(serverId, trial) {
      const answer = await ask(serverId, 'try', [serverId, trial]);
      return (answer?.value ?? { kind: 'refused', error: unavailable() }) as TrialAnswer;
    },
    async check(serverId, given) {
      const answer = await ask(serverId, 'check', [serverId, given]);
      return answer === undefined ? unavailable() : (answer.value as ApiError | undefined);
    },
  };
}

function unavailable(): ApiError {
  return API_ERRORS.maintenance(
    'The template cannot be worked on right now; nothing was kept or sent, try again later.',
  );
}
