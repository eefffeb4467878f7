// What people and their programs change beside sending: suppressions and streams, the links of messages, and the answers that
// are kept for requests made again. Put together here, so that compose.ts stays a list of parts.
import { answersFile } from './files.ts';
import type { Config } from './config.ts';
import type { Secrets } from './secrets.ts';
import { unsubscribeUrls } from './unsubscribe-urls.ts';
import { openAnswerStore } from '../backends/sqlite/answer-store.ts';
import { startPublisher } from '../core/publish-pending.ts';
import { keepPurgingStreams } from '../core/purge-streams.ts';
import { createUnsubscribeDesk, type UnsubscribeDesk } from '../core/unsubscribe.ts';
import type { UnsubscribeId } from '../core/unsubscribe-link.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { returnPathKey } from '../mail/verp.ts';
import type { Activity } from '../ports/activity.ts';
import type { AnswerStore } from '../ports/answer-store.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { EventLog } from '../ports/event-log.ts';

export interface PeopleDoorsOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly store: ControlStore;
  readonly activity: Activity;
  readonly frontLog: EventLog;
  /** Base URL of the HTTP door; undefined until it listens. */
  readonly http: () => string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export interface PeopleDoors {
  readonly answers: AnswerStore;
  readonly publish: () => Promise<void>;
  readonly unsubscribe: UnsubscribeDesk;
  readonly unsubscribeUrl: (id: UnsubscribeId) => string;
  stop(): Promise<void>;
}

export function peopleDoors(options: PeopleDoorsOptions): PeopleDoors {
  const { config, secrets, store, activity, frontLog, http, clock, log } = options;
  const answers = openAnswerStore(answersFile(config.data));
  const publisher = startPublisher({ lists: store.suppressionLists, frontLog, clock, log });
  const stopPurging = keepPurgingStreams({ store, clock, log });
  const key = returnPathKey(secrets.unsubscribeKey);
  const publish = (): Promise<void> => publisher.now();
  return {
    answers,
    publish,
    unsubscribe: createUnsubscribeDesk({ key, activity, store, publish, clock }),
    unsubscribeUrl: unsubscribeUrls({ config, secrets, http }),
    async stop() {
      stopPurging();
      await publisher.stop();
      await answers.close();
    },
  };
}
