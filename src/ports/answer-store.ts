// Answers of requests that came with an `Idempotency-Key`, for a day, so that the same request can be made again.
//
// A key is claimed before the request is worked on; the claim holds a seed from which the ids of its messages are made, so that
// the same request, made again after a crash, hands over the same messages again, which a lane keeps once.
//
// Promises: a claim and an answer survive the end of the process however it ends; after a power cut the last ones may be
// missing. What is kept is bounded in bytes for each server and in all: beyond that the oldest go early.
import type { ServerId } from '../lib/ids.ts';

export interface AnswerKey {
  readonly serverId: ServerId;
  readonly key: string;
}

export interface KeptAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

export interface Claim {
  /** Of the request that claimed the key. */
  readonly fingerprint: string;
  /** When it did. Unix milliseconds. */
  readonly at: number;
  /** Unguessable; names the messages of the request. */
  readonly seed: string;
  /** Undefined while there is none yet. */
  readonly answer: KeptAnswer | undefined;
}

export interface AnswerStore {
  /** The claim that is there and not older than a day, or the one given from now on. */
  claim(of: AnswerKey, fresh: Omit<Claim, 'answer'>): Promise<Claim>;
  /** Without effect where the claim is gone. */
  keep(of: AnswerKey, answer: KeptAnswer): Promise<void>;
  /** The key can be used for something else. */
  release(of: AnswerKey): Promise<void>;
  close(): Promise<void>;
}

export interface AnswerLimits {
  readonly keptMs: number;
  readonly bytesPerServer: number;
  readonly bytes: number;
}

const MIB = 1024 * 1024;

export const ANSWER_LIMITS: AnswerLimits = {
  keptMs: 86_400_000,
  /** About 100,000 answers to single messages. */
  bytesPerServer: 64 * MIB,
  bytes: 512 * MIB,
};

/** What a claim is taken to cost beside its answer: key, fingerprint, seed, indexes. */
export const CLAIM_BYTES = 300;
