// Sending domains, DKIM keys and sender signatures in control.sqlite, over the connection of the control store.
//
// Promises: those of the port; each change is one durable transaction that takes the write lock before it reads. Private keys
// are sealed (lib/sealed-box.ts) with the name of their row.
import type { DkimKey, NewDkimKey, SigningKey } from '../../domain/dkim-key.ts';
import type { SenderSignature, SendingDomain } from '../../domain/sender.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AccountId } from '../../lib/ids.ts';
import { open, seal } from '../../lib/sealed-box.ts';
import type { Found, Page } from '../../ports/activity.ts';
import { NameTaken } from '../../ports/control-store.ts';
import {
  changedDomain,
  SelectorTaken,
  type DomainChange,
  type NewDomain,
  type NewSignature,
  type SenderStore,
  type SignatureChange,
} from '../../ports/sender-store.ts';
import { isUniqueViolation, type Connection } from './database.ts';
import * as rows from './sender-rows.ts';
import { senderStatements, type SenderStatements } from './sender-statements.ts';

export interface SenderStoreParts {
  readonly db: Connection;
  /** 32 bytes that seal private keys. */
  readonly key: Uint8Array;
  readonly clock: Clock;
}

export class SqliteSenderStore implements SenderStore {
  readonly #db: Connection;
  readonly #key: Uint8Array;
  readonly #clock: Clock;
  readonly #sql: SenderStatements;

  constructor({ db, key, clock }: SenderStoreParts) {
    this.#db = db;
    this.#key = key;
    this.#clock = clock;
    this.#sql = senderStatements(db);
  }

  async createDomain(domain: NewDomain): Promise<SendingDomain> {
    const { accountId, name, proof, returnPathDomain = null, key, checkAt = null } = domain;
    const now = this.#clock.now();
    return this.#write(() => {
      const values = [accountId, name, proof ?? null, proof === undefined ? null : now, returnPathDomain, checkAt, now];
      const added = claim(new NameTaken(`the domain ${name} exists already`), () => this.#sql.addDomain.run(...values));
      if (key !== undefined) this.#addKey(key);
      return this.#domainById(Number(added.lastInsertRowid)) as SendingDomain;
    });
  }

  async domain(accountId: AccountId, name: string): Promise<SendingDomain | undefined> {
    const row = this.#sql.domain.get(accountId, name) as rows.DomainRow | undefined;
    return row && rows.readDomain(row);
  }

  async domainById(id: number): Promise<SendingDomain | undefined> {
    return this.#domainById(id);
  }

  async domains(accountId: AccountId, { count, offset }: Page): Promise<Found<SendingDomain>> {
    const found = this.#sql.domains.all(accountId, count, offset) as rows.DomainRow[];
    return { total: this.#sql.countDomains.get(accountId) as number, items: found.map(rows.readDomain) };
  }

  async updateDomain(id: number, change: (now: SendingDomain) => DomainChange): Promise<SendingDomain | undefined> {
    return this.#write(() => {
      const domain = this.#domainById(id);
      if (domain === undefined) return undefined;
      const changed = changedDomain(domain, change(domain));
      this.#sql.setDomain.run(...rows.domainValues(changed), id);
      return changed;
    });
  }

  async deleteDomain(id: number): Promise<boolean> {
    return this.#write(() => {
      const domain = this.#domainById(id);
      if (domain === undefined) return false;
      const { accountId, name } = domain;
      this.#sql.leaveActive.run(this.#clock.now(), accountId, name);
      this.#sql.dropOthers.run(accountId, name);
      return this.#sql.deleteDomain.run(id).changes === 1;
    });
  }

  async dueDomains(now: number, limit: number): Promise<readonly SendingDomain[]> {
    return (this.#sql.dueDomains.all(now, limit) as rows.DomainRow[]).map(rows.readDomain);
  }

  async troubledDomains(accountId?: AccountId): Promise<readonly SendingDomain[]> {
    return (this.#sql.troubled.all({ account: accountId ?? null }) as rows.DomainRow[]).map(rows.readDomain);
  }

  async addKey(key: NewDkimKey): Promise<void> {
    this.#write(() => this.#addKey(key));
  }

  async keys(accountId: AccountId, domain: string): Promise<readonly DkimKey[]> {
    return (this.#sql.keys.all(accountId, domain) as rows.DkimKeyRow[]).map(rows.readDkimKey);
  }

  async activateKey({
    accountId,
    domain,
    selector,
  }: Pick<DkimKey, 'accountId' | 'domain' | 'selector'>): Promise<void> {
    this.#write(() => {
      const row = this.#sql.key.get(accountId, domain, selector) as rows.DkimKeyRow | undefined;
      if (row?.state !== 'pending') return;
      const now = this.#clock.now();
      this.#sql.dropRevoked.run(accountId, domain, row.algorithm);
      this.#sql.revokeActive.run(now, accountId, domain, row.algorithm);
      this.#sql.setState.run('active', now, domain, selector);
    });
  }

  async signingKeys(accountId: AccountId, domain: string): Promise<readonly SigningKey[]> {
    const found = this.#sql.signing.all({ account: accountId, domain }) as rows.DkimKeyRow[];
    const owner = found[0]?.account_id;
    const algorithms = new Map<string, rows.DkimKeyRow>();
    for (const row of found) {
      if (row.account_id === owner && !algorithms.has(row.algorithm)) algorithms.set(row.algorithm, row);
    }
    return [...algorithms.values()].map((row) => {
      const { selector, algorithm } = rows.readDkimKey(row);
      return { domain, selector, algorithm, privateKeyPem: open(row.sealed_private_key, this.#key, dkimContext(row)) };
    });
  }

  async dropLeftKeys(before: number): Promise<number> {
    return this.#sql.dropLeft.run(before).changes;
  }

  async createSignature(signature: NewSignature): Promise<SenderSignature> {
    const { accountId, address, domain, name, replyTo = null, note = null } = signature;
    const values = [accountId, address, address.toLowerCase(), domain, name, replyTo, note, this.#clock.now()];
    return this.#write(() => {
      const added = claim(new NameTaken(`a signature for ${address} exists already`), () =>
        this.#sql.addSignature.run(...values),
      );
      return this.#signatureById(Number(added.lastInsertRowid)) as SenderSignature;
    });
  }

  async signature(accountId: AccountId, address: string): Promise<SenderSignature | undefined> {
    const row = this.#sql.signature.get(accountId, address.toLowerCase()) as rows.SignatureRow | undefined;
    return row && rows.readSignature(row);
  }

  async signatureById(id: number): Promise<SenderSignature | undefined> {
    return this.#signatureById(id);
  }

  async signatures(accountId: AccountId, { count, offset }: Page): Promise<Found<SenderSignature>> {
    const found = this.#sql.signatures.all(accountId, count, offset) as rows.SignatureRow[];
    return { total: this.#sql.countSignatures.get(accountId) as number, items: found.map(rows.readSignature) };
  }

  async updateSignature(id: number, change: SignatureChange): Promise<SenderSignature | undefined> {
    return this.#write(() => {
      const signature = this.#signatureById(id);
      if (signature === undefined) return undefined;
      const { name, replyTo = null, note = null, confirmedAt = null } = { ...signature, ...change };
      this.#sql.setSignature.run(name, replyTo, note, confirmedAt, id);
      return this.#signatureById(id);
    });
  }

  async deleteSignature(id: number): Promise<boolean> {
    return this.#sql.deleteSignature.run(id).changes === 1;
  }

  #domainById(id: number): SendingDomain | undefined {
    const row = this.#sql.domainById.get(id) as rows.DomainRow | undefined;
    return row && rows.readDomain(row);
  }

  #signatureById(id: number): SenderSignature | undefined {
    const row = this.#sql.signatureById.get(id) as rows.SignatureRow | undefined;
    return row && rows.readSignature(row);
  }

  #addKey(key: NewDkimKey): void {
    const { accountId, domain, selector, algorithm, recordValue, state } = key;
    const sealed = seal(key.privateKeyPem, this.#key, dkimContext(key));
    const now = this.#clock.now();
    claim(new SelectorTaken(`the selector ${selector} of ${domain} is taken`), () =>
      this.#sql.addKey.run(accountId, domain, selector, algorithm, sealed, recordValue, state, now, now),
    );
  }

  #write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }
}

/** Writes something with a name of its own; throws `taken` where another has it. */
function claim<T>(taken: Error, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    taken.cause = cause;
    throw taken;
  }
}

function dkimContext({ domain, selector }: Pick<DkimKey, 'domain' | 'selector'>): string {
  return `dkim ${domain} ${selector}`;
}
