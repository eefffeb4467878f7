// core/receive over things in memory: one message, what was recorded, and what was kept for the operator.
import assert from 'node:assert/strict';
import {
  createReceive,
  declareReceiveCounters,
  type Receive,
  type ReceiveDeps,
  type ReceiveResult,
} from '../../src/core/receive.ts';
import type { BouncedEvent } from '../../src/domain/event.ts';
import type { Message } from '../../src/domain/message.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createMetrics, type Metrics } from '../../src/lib/metrics.ts';
import type { OperatorMail } from '../../src/ports/operator-mail.ts';
import { message } from './activity-fixture.ts';
import { CORPUS_ACCEPTED_AT, CORPUS_KEY, CORPUS_MESSAGE } from './report-corpus.ts';

export const DAY_MS = 86_400_000;

export interface ReceiveWorld {
  readonly receive: Receive;
  readonly recorded: (BouncedEvent & { readonly lane: string })[];
  readonly kept: OperatorMail[];
  readonly metrics: Metrics;
  now: number;
  /** What the index has on record: `address type`. */
  readonly onRecord: Set<string>;
  /** Thrown by the next writes. */
  fail: Error | undefined;
  take(recipient: string, raw: Uint8Array | string, mailFrom?: string): Promise<ReceiveResult>;
}

export function corpusMessage(...to: readonly string[]): Message {
  return message({ id: CORPUS_MESSAGE, at: CORPUS_ACCEPTED_AT, to });
}

export function receiveWorld(of: Message, over: Partial<ReceiveDeps> = {}): ReceiveWorld {
  const metrics = createMetrics();
  const world: ReceiveWorld = {
    recorded: [],
    kept: [],
    metrics,
    now: CORPUS_ACCEPTED_AT + 60_000,
    onRecord: new Set(),
    fail: undefined,
    async take(recipient, raw, mailFrom = '') {
      const [result] = await world.receive.message({
        recipients: [recipient],
        mailFrom,
        client: '192.0.2.80',
        heloName: 'mx.example.net',
        raw: typeof raw === 'string' ? Buffer.from(raw.replaceAll('\n', '\r\n')) : raw,
      });
      return result ?? assert.fail('nothing became of it');
    },
    receive: createReceive({
      rules: { key: CORPUS_KEY, domains: ['bounces.example.org', 'mail.example.org'], maxAgeMs: 30 * DAY_MS },
      findMessage: async (id) => (id === of.id ? of : undefined),
      isKnown: async (_message, address, type) => world.onRecord.has(`${address} ${type}`),
      record: async (lane, events) => {
        await Promise.resolve();
        if (world.fail !== undefined) throw world.fail;
        for (const event of events) if (event.kind === 'bounced') world.recorded.push({ ...event, lane });
      },
      mailbox: {
        keep: async (mail) => {
          world.kept.push(mail);
          return `${world.kept.length}.eml`;
        },
      },
      clock: { now: () => world.now },
      log: silentLog,
      counters: declareReceiveCounters(metrics),
      ...over,
    }),
  };
  return world;
}
