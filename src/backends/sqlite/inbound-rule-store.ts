// Rules of inbound mail in control.sqlite, over the connection of the control store.
import type { InboundRule } from '../../domain/inbound-rule.ts';
import type { ServerId } from '../../lib/ids.ts';
import { NameTaken } from '../../ports/control-store.ts';
import type { InboundRuleStore } from '../../ports/inbound-rule-store.ts';
import { isUniqueViolation, type Connection } from './database.ts';

export class SqliteInboundRuleStore implements InboundRuleStore {
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Connection) {
    this.#sql = statements(db);
  }

  async list(serverId: ServerId): Promise<readonly InboundRule[]> {
    return this.#sql.list.all(serverId) as InboundRule[];
  }

  async add(serverId: ServerId, rule: string): Promise<InboundRule> {
    try {
      return this.#sql.add.get(serverId, rule) as InboundRule;
    } catch (cause) {
      if (!isUniqueViolation(cause)) throw cause;
      throw new NameTaken(`the rule ${rule} exists already`, { cause });
    }
  }

  async remove(serverId: ServerId, id: number): Promise<InboundRule | undefined> {
    return (this.#sql.remove.get(serverId, id) as InboundRule | undefined) ?? undefined;
  }
}

const COLUMNS = 'id, server_id as "serverId", rule';

function statements(db: Connection) {
  return {
    list: db.prepare(`select ${COLUMNS} from inbound_rule where server_id = ? order by id`),
    add: db.prepare(`insert into inbound_rule (server_id, rule) values (?, ?) returning ${COLUMNS}`),
    remove: db.prepare(`delete from inbound_rule where server_id = ? and id = ? returning ${COLUMNS}`),
  };
}
