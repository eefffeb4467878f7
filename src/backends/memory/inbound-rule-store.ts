// Rules of inbound mail in memory.
import type { InboundRule } from '../../domain/inbound-rule.ts';
import type { ServerId } from '../../lib/ids.ts';
import { NameTaken } from '../../ports/control-store.ts';
import type { InboundRuleStore } from '../../ports/inbound-rule-store.ts';

export class MemoryInboundRuleStore implements InboundRuleStore {
  #rules: readonly InboundRule[] = [];
  #last = 0;

  async list(serverId: ServerId): Promise<readonly InboundRule[]> {
    return this.#rules.filter((each) => each.serverId === serverId);
  }

  async add(serverId: ServerId, rule: string): Promise<InboundRule> {
    if ((await this.list(serverId)).some((each) => each.rule === rule)) {
      throw new NameTaken(`the rule ${rule} exists already`);
    }
    const added: InboundRule = { id: (this.#last += 1), serverId, rule };
    this.#rules = [...this.#rules, added];
    return added;
  }

  async remove(serverId: ServerId, id: number): Promise<InboundRule | undefined> {
    const found = (await this.list(serverId)).find((each) => each.id === id);
    this.#rules = this.#rules.filter((each) => each !== found);
    return found;
  }
}
