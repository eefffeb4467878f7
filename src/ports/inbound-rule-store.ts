// Rules that block mail to a server by its sender: part of the control data.
//
// Promises: those of the control store; a rule is there once a server.
import type { InboundRule } from '../domain/inbound-rule.ts';
import type { ServerId } from '../lib/ids.ts';

export interface InboundRuleStore {
  /** In order of adding. */
  list(serverId: ServerId): Promise<readonly InboundRule[]>;
  /** Rejects with `NameTaken` where the server has the rule. */
  add(serverId: ServerId, rule: string): Promise<InboundRule>;
  /** The rule that was removed; undefined where the server has none of that id. */
  remove(serverId: ServerId, id: number): Promise<InboundRule | undefined>;
}
