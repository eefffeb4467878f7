// Sending domains, DKIM keys and sender signatures in memory, beside the control store.
import type { DkimKey, NewDkimKey, SigningKey } from '../../domain/dkim-key.ts';
import type { SenderSignature, SendingDomain } from '../../domain/sender.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AccountId } from '../../lib/ids.ts';
import type { Found, Page } from '../../ports/activity.ts';
import { NameTaken } from '../../ports/control-store.ts';
import {
  changedDomain,
  MOST_TROUBLED,
  SelectorTaken,
  type DomainChange,
  type NewDomain,
  type NewSignature,
  type SenderStore,
  type SignatureChange,
} from '../../ports/sender-store.ts';

type StoredKey = DkimKey & SigningKey;

export class MemorySenderStore implements SenderStore {
  readonly #clock: Clock;
  readonly #domains = new Map<number, SendingDomain>();
  #keys: readonly StoredKey[] = [];
  readonly #signatures = new Map<number, SenderSignature>();
  #lastDomain = 0;
  #lastSignature = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async createDomain(domain: NewDomain): Promise<SendingDomain> {
    const { accountId, name, proof, returnPathDomain, key, checkAt } = domain;
    if ((await this.domain(accountId, name)) !== undefined) throw new NameTaken(`the domain ${name} exists already`);
    if (key !== undefined) await this.addKey(key);
    const id = ++this.#lastDomain;
    const now = this.#clock.now();
    this.#domains.set(id, {
      ...{ id, accountId, name, proof, returnPathDomain, createdAt: now },
      verifiedAt: proof === undefined ? undefined : now,
      dkimVerifiedAt: undefined,
      returnPathVerifiedAt: undefined,
      hasSignatures: false,
      watch: { checkedAt: undefined, checkAt, missingSince: undefined, dkimProblems: [], returnPathProblems: [] },
    });
    return this.#shown(id) as SendingDomain;
  }

  async domain(accountId: AccountId, name: string): Promise<SendingDomain | undefined> {
    return this.#all().find((domain) => domain.accountId === accountId && domain.name === name);
  }

  async domainById(id: number): Promise<SendingDomain | undefined> {
    return this.#shown(id);
  }

  async domains(accountId: AccountId, page: Page): Promise<Found<SendingDomain>> {
    const own = this.#all().filter((domain) => domain.accountId === accountId);
    return pageOf(own, page, ({ proof, name }) => `${proof === undefined ? 1 : 0} ${name}`);
  }

  async updateDomain(id: number, change: (now: SendingDomain) => DomainChange): Promise<SendingDomain | undefined> {
    const domain = this.#shown(id);
    if (domain === undefined) return undefined;
    this.#domains.set(id, changedDomain(domain, change(domain)));
    return this.#shown(id);
  }

  async deleteDomain(id: number): Promise<boolean> {
    const domain = this.#domains.get(id);
    if (domain === undefined) return false;
    const changedAt = this.#clock.now();
    this.#keys = this.#keys.flatMap((key): readonly StoredKey[] => {
      const isIts = key.accountId === domain.accountId && key.domain === domain.name;
      if (!isIts || key.state === 'left') return [key];
      return key.state === 'active' ? [{ ...key, state: 'left', changedAt }] : [];
    });
    return this.#domains.delete(id);
  }

  async dueDomains(now: number, limit: number): Promise<readonly SendingDomain[]> {
    const at = ({ watch }: SendingDomain): number => watch.checkAt ?? Infinity;
    const due = this.#all().filter((domain) => at(domain) <= now);
    return due.sort((a, b) => at(a) - at(b) || a.id - b.id).slice(0, limit);
  }

  async troubledDomains(accountId?: AccountId): Promise<readonly SendingDomain[]> {
    const own = this.#all().filter((domain) => accountId === undefined || domain.accountId === accountId);
    const found = own.filter(({ watch }) => watch.missingSince !== undefined);
    return found.sort((a, b) => compare(a.name, b.name) || a.id - b.id).slice(0, MOST_TROUBLED);
  }

  async addKey(key: NewDkimKey): Promise<void> {
    const { domain, selector } = key;
    if (this.#keys.some((other) => other.domain === domain && other.selector === selector))
      throw new SelectorTaken(`the selector ${selector} of ${domain} is taken`);
    const now = this.#clock.now();
    this.#keys = [...this.#keys, { ...key, createdAt: now, changedAt: now }];
  }

  async keys(accountId: AccountId, domain: string): Promise<readonly DkimKey[]> {
    return this.#keysOf(accountId, domain)
      .filter(({ state }) => state !== 'left')
      .map(({ privateKeyPem: _secret, ...key }) => key);
  }

  async activateKey({
    accountId,
    domain,
    selector,
  }: Pick<DkimKey, 'accountId' | 'domain' | 'selector'>): Promise<void> {
    const chosen = this.#keysOf(accountId, domain).find((key) => key.selector === selector);
    if (chosen?.state !== 'pending') return;
    const changedAt = this.#clock.now();
    this.#keys = this.#keys.flatMap((key): readonly StoredKey[] => {
      if (key === chosen) return [{ ...key, state: 'active', changedAt }];
      const isSame = key.accountId === accountId && key.domain === domain && key.algorithm === chosen.algorithm;
      if (isSame && key.state === 'revoked') return [];
      return [isSame && key.state === 'active' ? { ...key, state: 'revoked', changedAt } : key];
    });
  }

  async signingKeys(accountId: AccountId, domain: string): Promise<readonly SigningKey[]> {
    const mine = this.#keysOf(accountId, domain);
    const vouched = this.#all().find(({ name, proof }) => name === domain && proof === 'operator');
    const others = vouched === undefined ? [] : this.#keysOf(vouched.accountId, domain);
    const signing = [mine, others].map((keys) => [
      ...keys.filter(({ state }) => state === 'active'),
      ...keys.filter(({ state }) => state === 'left'),
    ]);
    const chosen = signing.find((keys) => keys.length > 0) ?? [];
    return chosen
      .filter((key, at) => chosen.findIndex(({ algorithm }) => algorithm === key.algorithm) === at)
      .map(({ selector, algorithm, privateKeyPem }) => ({ domain, selector, algorithm, privateKeyPem }));
  }

  async dropLeftKeys(before: number): Promise<number> {
    const kept = this.#keys.filter(({ state, changedAt }) => state !== 'left' || changedAt >= before);
    const dropped = this.#keys.length - kept.length;
    this.#keys = kept;
    return dropped;
  }

  async createSignature(signature: NewSignature): Promise<SenderSignature> {
    if ((await this.signature(signature.accountId, signature.address)) !== undefined)
      throw new NameTaken(`a signature for ${signature.address} exists already`);
    const id = ++this.#lastSignature;
    const { accountId, address, domain, name, replyTo, note } = signature;
    const created = { id, accountId, address, domain, name, replyTo, note };
    this.#signatures.set(id, { ...created, confirmedAt: undefined, createdAt: this.#clock.now() });
    return this.#signatures.get(id) as SenderSignature;
  }

  async signature(accountId: AccountId, address: string): Promise<SenderSignature | undefined> {
    const folded = address.toLowerCase();
    const own = [...this.#signatures.values()].filter((signature) => signature.accountId === accountId);
    return own.find((signature) => signature.address.toLowerCase() === folded);
  }

  async signatureById(id: number): Promise<SenderSignature | undefined> {
    return this.#signatures.get(id);
  }

  async signatures(accountId: AccountId, page: Page): Promise<Found<SenderSignature>> {
    const own = [...this.#signatures.values()].filter((signature) => signature.accountId === accountId);
    const proved = new Set(
      this.#all().flatMap((domain) =>
        domain.accountId === accountId && domain.proof !== undefined ? [domain.name] : [],
      ),
    );
    return pageOf(own, page, ({ confirmedAt, domain, address }) => {
      const maySend = confirmedAt !== undefined || proved.has(domain);
      return `${maySend ? 0 : 1} ${address.toLowerCase()}`;
    });
  }

  async updateSignature(id: number, change: SignatureChange): Promise<SenderSignature | undefined> {
    const signature = this.#signatures.get(id);
    if (signature === undefined) return undefined;
    const changed = { ...signature, ...change };
    this.#signatures.set(id, changed);
    return changed;
  }

  async deleteSignature(id: number): Promise<boolean> {
    return this.#signatures.delete(id);
  }

  #all(): SendingDomain[] {
    return [...this.#domains.keys()].flatMap((id) => this.#shown(id) ?? []);
  }

  #shown(id: number): SendingDomain | undefined {
    const domain = this.#domains.get(id);
    if (domain === undefined) return undefined;
    const hasSignatures = [...this.#signatures.values()].some(
      (signature) => signature.accountId === domain.accountId && signature.domain === domain.name,
    );
    return { ...domain, hasSignatures };
  }

  #keysOf(accountId: AccountId, domain: string): readonly StoredKey[] {
    return this.#keys.filter((key) => key.accountId === accountId && key.domain === domain);
  }
}

function pageOf<T>(items: readonly T[], { count, offset }: Page, order: (item: T) => string): Found<T> {
  const sorted = [...items].sort((a, b) => compare(order(a), order(b)));
  return { total: items.length, items: sorted.slice(offset, offset + count) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
