// Templates in memory, by the rules of the port.
import {
  TEMPLATE_FIELD_LIMITS,
  type StoredTemplate,
  type TemplateRef,
  type TemplateSummary,
} from '../../domain/template/stored-template.ts';
import type { ServerId } from '../../lib/ids.ts';
import {
  MAX_DELETED_TEMPLATES,
  type TemplateFilter,
  type TemplateStamp,
  type TemplateStore,
  type TemplatesSaved,
  type TemplateWrite,
} from '../../ports/template-store.ts';

interface Kept extends Omit<StoredTemplate, 'layout'> {
  readonly layoutId: number | undefined;
  readonly version: number;
}

type Templates = ReadonlyMap<number, Kept>;

export class MemoryTemplateStore implements TemplateStore {
  /** Replaced as a whole, so that a save that fails has changed nothing. */
  #kept: Templates = new Map();
  #lastId = 0;
  /** Ids in the order of deletion. */
  #deleted: readonly number[] = [];

  async template(serverId: ServerId, ref: TemplateRef): Promise<StoredTemplate | undefined> {
    const found = find(this.#kept, serverId, ref);
    return found && this.#read(found);
  }

  async stamp(serverId: ServerId, ref: TemplateRef): Promise<TemplateStamp | undefined> {
    const found = find(this.#kept, serverId, ref);
    if (found === undefined) return undefined;
    const { id, type, active, version, layoutId = 0 } = found;
    return { id, type, active, version, layoutId, layoutVersion: this.#kept.get(layoutId)?.version ?? 0 };
  }

  async list(
    { serverId, type, layout }: TemplateFilter,
    { count, offset }: { readonly count: number; readonly offset: number },
  ): Promise<{ total: number; items: readonly TemplateSummary[] }> {
    const found = [...this.#kept.values()]
      .filter((each) => each.serverId === serverId && each.active && (type === undefined || each.type === type))
      .map((each) => this.#read(each))
      .filter((each) => layout === undefined || sameAlias(each.layout?.alias, layout))
      .map(({ subject: _subject, htmlBody: _html, textBody: _text, ...summary }) => summary);
    return { total: found.length, items: found.slice(offset, offset + count) };
  }

  async save(serverId: ServerId, writes: readonly TemplateWrite[]): Promise<TemplatesSaved> {
    const kept = new Map(this.#kept);
    const ids: number[] = [];
    for (const write of writes) {
      const saved = this.#saveOne(kept, serverId, write);
      if (typeof saved !== 'number') return saved;
      ids.push(saved);
    }
    const active = [...kept.values()].filter((each) => each.serverId === serverId && each.active).length;
    if (active > TEMPLATE_FIELD_LIMITS.perServer) return { kind: 'full' };
    this.#kept = kept;
    return { kind: 'saved', templates: ids.flatMap((id) => kept.get(id) ?? []).map((each) => this.#read(each)) };
  }

  async remove(serverId: ServerId, id: number): Promise<'removed' | 'missing' | 'layout-in-use'> {
    const found = find(this.#kept, serverId, { id });
    if (found?.active !== true) return 'missing';
    if ([...this.#kept.values()].some((each) => each.layoutId === id && each.active)) return 'layout-in-use';
    const kept = new Map(this.#kept).set(id, { ...found, active: false, version: found.version + 1 });
    this.#deleted = [...this.#deleted, id];
    this.#kept = this.#withoutOldest(kept, serverId);
    return 'removed';
  }

  #saveOne(
    kept: Map<number, Kept>,
    serverId: ServerId,
    { id: given, fields }: TemplateWrite,
  ): number | Exclude<TemplatesSaved, { kind: 'saved' }> {
    const before = given === undefined ? undefined : find(kept, serverId, { id: given });
    if (given !== undefined && before?.active !== true) return { kind: 'missing' };
    const { layout, ...rest } = fields;
    const { alias: wanted } = fields;
    const owner = wanted === undefined ? undefined : find(kept, serverId, { alias: wanted });
    if (wanted !== undefined && owner !== undefined && owner.id !== given)
      return { kind: 'alias-taken', alias: wanted };
    const used = layout && find(kept, serverId, layout);
    if (layout !== undefined && (used?.active !== true || used.type !== 'Layout')) return { kind: 'layout-missing' };
    const id = given ?? ++this.#lastId;
    const alias = wanted ?? (fields.type === 'Layout' ? layoutAlias(kept, serverId, id) : undefined);
    const version = (before?.version ?? 0) + 1;
    kept.set(id, { ...rest, id, serverId, alias, layoutId: used?.id, active: true, version });
    return id;
  }

  #withoutOldest(kept: Map<number, Kept>, serverId: ServerId): Templates {
    const isUsed = (id: number): boolean => [...kept.values()].some((each) => each.layoutId === id);
    const own = this.#deleted.filter((id) => kept.get(id)?.serverId === serverId && !isUsed(id));
    for (const id of own.slice(0, Math.max(own.length - MAX_DELETED_TEMPLATES, 0))) kept.delete(id);
    this.#deleted = this.#deleted.filter((id) => kept.has(id));
    return kept;
  }

  #read({ layoutId, version: _version, ...template }: Kept): StoredTemplate {
    const layout = layoutId === undefined ? undefined : this.#kept.get(layoutId);
    return { ...template, layout: layout && { id: layout.id, alias: layout.alias ?? '' } };
  }
}

function find(kept: Templates, serverId: ServerId, ref: TemplateRef): Kept | undefined {
  if ('id' in ref) {
    const found = kept.get(ref.id);
    return found?.serverId === serverId ? found : undefined;
  }
  for (const each of kept.values()) {
    if (each.serverId === serverId && each.active && sameAlias(each.alias, ref.alias)) return each;
  }
  return undefined;
}

function sameAlias(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}

function layoutAlias(kept: Templates, serverId: ServerId, id: number): string {
  let alias = `layout-${id}`;
  while ((find(kept, serverId, { alias })?.id ?? id) !== id) alias += 'x';
  return alias;
}
