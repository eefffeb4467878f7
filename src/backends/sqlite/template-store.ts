// Templates in control.sqlite, over the connection of the control store.
//
// Promises: those of the port; a save is one durable transaction that takes the write lock before it reads, so that two
// writers cannot give one alias twice, use a layout that goes, or pass the limit together.
import type { TemplateType } from '../../domain/template/check-part.ts';
import {
  TEMPLATE_FIELD_LIMITS,
  type StoredTemplate,
  type TemplateFields,
  type TemplateRef,
  type TemplateSummary,
} from '../../domain/template/stored-template.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ServerId } from '../../lib/ids.ts';
import {
  MAX_DELETED_TEMPLATES,
  type TemplateFilter,
  type TemplateStamp,
  type TemplateStore,
  type TemplatesSaved,
  type TemplateWrite,
} from '../../ports/template-store.ts';
import type { Connection, Statement } from './database.ts';

export class SqliteTemplateStore implements TemplateStore {
  readonly #db: Connection;
  readonly #clock: Clock;
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Connection, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#sql = statements(db);
  }

  async template(serverId: ServerId, ref: TemplateRef): Promise<StoredTemplate | undefined> {
    return this.#find(serverId, ref);
  }

  async stamp(serverId: ServerId, ref: TemplateRef): Promise<TemplateStamp | undefined> {
    const row =
      'id' in ref ? this.#sql.stampById.get(serverId, ref.id) : this.#sql.stampByAlias.get(serverId, ref.alias);
    if (row === undefined) return undefined;
    const { active, ...stamp } = row as Omit<TemplateStamp, 'active'> & { readonly active: number };
    return { ...stamp, active: active === 1 };
  }

  async list(
    { serverId, type, layout }: TemplateFilter,
    { count, offset }: { readonly count: number; readonly offset: number },
  ): Promise<{ total: number; items: readonly TemplateSummary[] }> {
    const filter = { serverId, type: type ?? null, layout: layout ?? null };
    const rows = this.#sql.list.all({ ...filter, count, offset }) as Row[];
    return { total: this.#sql.count.get(filter) as number, items: rows.map(readSummary) };
  }

  async save(serverId: ServerId, writes: readonly TemplateWrite[]): Promise<TemplatesSaved> {
    try {
      const templates = this.#write(() => {
        const ids = writes.map((write) => this.#saveOne(serverId, write));
        if ((this.#sql.active.get(serverId) as number) > TEMPLATE_FIELD_LIMITS.perServer)
          throw new NotSaved({ kind: 'full' });
        return ids.map((id) => this.#find(serverId, { id })).filter((found) => found !== undefined);
      });
      return { kind: 'saved', templates };
    } catch (error) {
      if (error instanceof NotSaved) return error.why;
      throw error;
    }
  }

  async remove(serverId: ServerId, id: number): Promise<'removed' | 'missing' | 'layout-in-use'> {
    return this.#write(() => {
      if (this.#find(serverId, { id })?.active !== true) return 'missing';
      if (this.#sql.user.get(id) !== undefined) return 'layout-in-use';
      this.#sql.remove.run(this.#clock.now(), id);
      this.#sql.forget.run(serverId, MAX_DELETED_TEMPLATES);
      return 'removed';
    });
  }

  #saveOne(serverId: ServerId, { id, fields }: TemplateWrite): number {
    if (id !== undefined && this.#find(serverId, { id })?.active !== true) throw new NotSaved({ kind: 'missing' });
    if (fields.alias !== undefined) this.#claimAlias(serverId, fields.alias, id);
    const values = [
      fields.name,
      fields.alias ?? null,
      fields.subject ?? null,
      fields.htmlBody ?? null,
      fields.textBody ?? null,
    ];
    const layoutId = this.#layoutOf(serverId, fields);
    const saved =
      id ?? Number(this.#sql.add.run(serverId, fields.type, ...values, layoutId, this.#clock.now()).lastInsertRowid);
    if (id !== undefined) this.#sql.change.run(...values, layoutId, id);
    if (fields.type === 'Layout' && fields.alias === undefined) this.#nameLayout(serverId, saved);
    return saved;
  }

  #claimAlias(serverId: ServerId, alias: string, id: number | undefined): void {
    const other = this.#sql.aliasOwner.get(serverId, alias) as number | undefined;
    if (other !== undefined && other !== id) throw new NotSaved({ kind: 'alias-taken', alias });
  }

  #layoutOf(serverId: ServerId, { layout }: TemplateFields): number | null {
    if (layout === undefined) return null;
    const found = this.#find(serverId, layout);
    if (found?.active !== true || found.type !== 'Layout') throw new NotSaved({ kind: 'layout-missing' });
    return found.id;
  }

  /** Somebody may have given the name that it would have to another one. */
  #nameLayout(serverId: ServerId, id: number): void {
    for (let suffix = ''; ; suffix += 'x') {
      const alias = `layout-${id}${suffix}`;
      const owner = this.#sql.aliasOwner.get(serverId, alias) as number | undefined;
      if ((owner ?? id) === id) return void this.#sql.setAlias.run(alias, id);
    }
  }

  #find(serverId: ServerId, ref: TemplateRef): StoredTemplate | undefined {
    const row = 'id' in ref ? this.#sql.byId.get(serverId, ref.id) : this.#sql.byAlias.get(serverId, ref.alias);
    return row === undefined ? undefined : readTemplate(row as FullRow);
  }

  #write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }
}

/** Thrown within a transaction to undo it. */
class NotSaved extends Error {
  readonly why: Exclude<TemplatesSaved, { kind: 'saved' }>;

  constructor(why: Exclude<TemplatesSaved, { kind: 'saved' }>) {
    super(why.kind);
    this.why = why;
  }
}

interface Row {
  readonly id: number;
  readonly server_id: number;
  readonly name: string;
  readonly alias: string | null;
  readonly type: string;
  readonly deleted_at: number | null;
  readonly layout_id: number | null;
  readonly layout_alias: string | null;
}

interface FullRow extends Row {
  readonly subject: string | null;
  readonly html_body: string | null;
  readonly text_body: string | null;
}

function readSummary(row: Row): TemplateSummary {
  return {
    id: row.id,
    serverId: row.server_id as ServerId,
    name: row.name,
    alias: row.alias ?? undefined,
    type: row.type as TemplateType,
    layout: row.layout_id === null ? undefined : { id: row.layout_id, alias: row.layout_alias ?? '' },
    active: row.deleted_at === null,
  };
}

function readTemplate(row: FullRow): StoredTemplate {
  return {
    ...readSummary(row),
    subject: row.subject ?? undefined,
    htmlBody: row.html_body ?? undefined,
    textBody: row.text_body ?? undefined,
  };
}

const SUMMARY = 't.id, t.server_id, t.name, t.alias, t.type, t.deleted_at, t.layout_id, l.alias as layout_alias';
const FULL = `${SUMMARY}, t.subject, t.html_body, t.text_body`;
const STAMP = `t.id, t.type, t.deleted_at is null as active, t.version, coalesce(l.id, 0) as "layoutId",
  coalesce(l.version, 0) as "layoutVersion"`;
const FROM = 'from template t left join template l on l.id = t.layout_id';
const BY_ID = 'where t.server_id = ? and t.id = ?';
const BY_ALIAS = 'where t.server_id = ? and t.alias = ? and t.deleted_at is null';
const LISTED = `where t.server_id = :serverId and t.deleted_at is null and (:type is null or t.type = :type)
  and (:layout is null or l.alias = :layout)`;

function statements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return {
    byId: prepare(`select ${FULL} ${FROM} ${BY_ID}`),
    byAlias: prepare(`select ${FULL} ${FROM} ${BY_ALIAS}`),
    stampById: prepare(`select ${STAMP} ${FROM} ${BY_ID}`),
    stampByAlias: prepare(`select ${STAMP} ${FROM} ${BY_ALIAS}`),
    list: prepare(`select ${SUMMARY} ${FROM} ${LISTED} order by t.id limit :count offset :offset`),
    count: prepare(`select count(*) ${FROM} ${LISTED}`).pluck(),
    active: prepare('select count(*) from template where server_id = ? and deleted_at is null').pluck(),
    aliasOwner: prepare('select id from template where server_id = ? and alias = ? and deleted_at is null').pluck(),
    user: prepare('select 1 from template where layout_id = ? and deleted_at is null limit 1'),
    add: prepare(
      `insert into template (server_id, type, name, alias, subject, html_body, text_body, layout_id, created_at, version)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
    ),
    change: prepare(
      `update template set name = ?, alias = ?, subject = ?, html_body = ?, text_body = ?, layout_id = ?,
       version = version + 1 where id = ?`,
    ),
    setAlias: prepare('update template set alias = ? where id = ?'),
    remove: prepare('update template set deleted_at = ?, version = version + 1 where id = ?'),
    // A layout that a deleted template used stays for as long as that is kept.
    forget: prepare(
      `delete from template where id in (
         select id from template t where server_id = ? and deleted_at is not null
           and not exists (select 1 from template u where u.layout_id = t.id)
         order by deleted_at desc, id desc limit -1 offset ?)`,
    ),
  };
}
