// Answers of requests with an `Idempotency-Key` in memory: the port's behaviour without its durability.
import {
  ANSWER_LIMITS,
  CLAIM_BYTES,
  type AnswerKey,
  type AnswerLimits,
  type AnswerStore,
  type Claim,
  type KeptAnswer,
} from '../../ports/answer-store.ts';

interface Stored extends AnswerKey {
  readonly claim: Claim;
}

export class MemoryAnswerStore implements AnswerStore {
  readonly #limits: AnswerLimits;
  /** Oldest first. */
  readonly #claims = new Map<string, Stored>();

  constructor(limits: AnswerLimits = ANSWER_LIMITS) {
    this.#limits = limits;
  }

  async claim(of: AnswerKey, fresh: Omit<Claim, 'answer'>): Promise<Claim> {
    const name = nameOf(of);
    for (const [other, { claim }] of this.#claims) {
      if (claim.at <= fresh.at - this.#limits.keptMs) this.#claims.delete(other);
    }
    const known = this.#claims.get(name)?.claim;
    if (known !== undefined) return known;
    const claim: Claim = { ...fresh, answer: undefined };
    this.#claims.set(name, { ...of, claim });
    this.#shrink(of);
    return claim;
  }

  async keep(of: AnswerKey, answer: KeptAnswer): Promise<void> {
    const stored = this.#claims.get(nameOf(of));
    if (stored === undefined) return;
    this.#claims.set(nameOf(of), { ...stored, claim: { ...stored.claim, answer } });
    this.#shrink(of);
  }

  async release(of: AnswerKey): Promise<void> {
    this.#claims.delete(nameOf(of));
  }

  async close(): Promise<void> {}

  #shrink({ serverId }: AnswerKey): void {
    const own = (stored: Stored): boolean => stored.serverId === serverId;
    while (this.#bytes(own) > this.#limits.bytesPerServer) this.#dropOldest(own);
    while (this.#bytes(() => true) > this.#limits.bytes) this.#dropOldest(() => true);
  }

  #bytes(of: (stored: Stored) => boolean): number {
    const stored = [...this.#claims.values()].filter(of);
    return stored.reduce((sum, { claim }) => sum + CLAIM_BYTES + (claim.answer?.body.length ?? 0), 0);
  }

  #dropOldest(of: (stored: Stored) => boolean): void {
    for (const [name, stored] of this.#claims) {
      if (!of(stored)) continue;
      this.#claims.delete(name);
      return;
    }
  }
}

function nameOf({ serverId, key }: AnswerKey): string {
  return `${serverId}\n${key}`;
}
