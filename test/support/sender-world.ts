// Senders over a store in memory: an account, a clock moved by hand, DNS from a table, keys that cost nothing, and the
// confirmation mails that would have been sent.
import assert from 'node:assert/strict';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { createConfirmations } from '../../src/core/confirm-sender.ts';
import type { ContentDraft, SubmitResult } from '../../src/core/draft.ts';
import { addDomain, type DomainView } from '../../src/core/manage-domains.ts';
import type { SignatureDeps } from '../../src/core/manage-signatures.ts';
import { verifyDkim, type VerifyDeps } from '../../src/core/verify-domain.ts';
import { dkimHost, rsaKey, type DkimAlgorithm, type KeyState } from '../../src/domain/dkim-key.ts';
import type { AccountId, MessageId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { DkimKeyPair } from '../../src/mail/dkim/keys.ts';
import { HandClock } from './core-fixture.ts';
import { fakeResolver, type FakeResolver } from './fake-resolver.ts';

export const DAY_MS = 86_400_000;
export const RULES = { returnPathTarget: 'rp.bulkhead.test', graceMs: 7 * DAY_MS, checkEveryMs: DAY_MS } as const;

export interface SenderWorld extends VerifyDeps, SignatureDeps {
  readonly store: MemoryControlStore;
  readonly clock: HandClock;
  readonly resolver: FakeResolver;
  readonly accountId: AccountId;
  readonly mails: ContentDraft[];
  /** What the next mails come to. */
  answer: SubmitResult;
  publicUrl: string | undefined;
  /** Adds a domain whose keys wait. */
  add(name: string, returnPathDomain?: string): Promise<DomainView>;
  /** Adds a domain, publishes its record and verifies it. */
  verified(name: string): Promise<DomainView>;
  /** The record of the key in that state stands in DNS, or `content` in its place. */
  publish(view: DomainView, state?: KeyState, content?: readonly string[] | 'trouble'): void;
  /** As the store has it now. */
  read(view: DomainView): Promise<DomainView>;
}

export async function senderWorld(): Promise<SenderWorld> {
  const clock = new HandClock();
  const store = new MemoryControlStore(clock);
  const accountId = await store.createAccount('Account');
  const resolver = fakeResolver({});
  const mails: ContentDraft[] = [];
  const confirmations = createConfirmations({
    store,
    key: Buffer.alloc(32, 5),
    submit: async (draft) => {
      mails.push(draft);
      return world.answer;
    },
    publicUrl: () => world.publicUrl,
    hostname: 'mail.bulkhead.test',
    clock,
    log: silentLog,
  });
  const world: SenderWorld = {
    ...{ store, clock, resolver, accountId, mails, confirmations, rules: RULES, generateKey: keyMaker() },
    publicUrl: 'https://mail.bulkhead.test',
    answer: { kind: 'accepted', messageId: '1' as MessageId, submittedAt: 0, partlyInactive: [] },
    async add(name, returnPathDomain) {
      const added = await addDomain(world, accountId, { name, returnPathDomain });
      return added.kind === 'done' ? added.view : assert.fail(added.error.message);
    },
    async verified(name) {
      const view = await world.add(name);
      world.publish(view);
      return verifyDkim(world, view.domain);
    },
    publish(view, state = 'pending', content) {
      const key = rsaKey(view.keys, state) ?? assert.fail(`there is no ${state} key`);
      resolver.answers = { ...resolver.answers, [`TXT ${dkimHost(key)}`]: content ?? [key.recordValue] };
    },
    async read({ domain }) {
      const now = (await store.senders.domainById(domain.id)) ?? assert.fail('the domain is gone');
      return { domain: now, keys: await store.senders.keys(now.accountId, now.name) };
    },
  };
  return world;
}

/** Each its own, at once. */
export function keyMaker(): (algorithm: DkimAlgorithm) => Promise<DkimKeyPair> {
  let made = 0;
  return async (algorithm) => {
    made += 1;
    const type = algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519';
    return { privateKeyPem: `private ${made}`, recordValue: `k=${type}; p=KEY${String(made).padStart(4, '0')}` };
  };
}
