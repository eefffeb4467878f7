// The statements on control.sqlite, prepared once a connection.
import type { Connection, Statement } from './database.ts';
import { TOKEN_COLUMNS } from './control-rows.ts';

export type ControlStatements = ReturnType<typeof controlStatements>;

export function controlStatements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return { ...accountStatements(prepare), ...tokenStatements(prepare), ...suppressionStatements(prepare) };
}

type Prepare = (sql: string) => Statement;

function accountStatements(prepare: Prepare) {
  return {
    addAccount: prepare('insert into account (name, created_at) values (?, ?)'),
    firstAccount: prepare('select min(id) from account where own = 0').pluck(),
    ownAccount: prepare('select id from account where own = 1').pluck(),
    addOwnAccount: prepare("insert into account (name, created_at, own) values ('The installation', ?, 1)"),
    addServer: prepare('insert into server (account_id, name, settings, created_at) values (?, ?, ?, ?)'),
    setServer: prepare('update server set name = ?, settings = ? where id = ?'),
    server: prepare('select * from server where id = ? and deleted_at is null'),
    servers: prepare('select * from server where account_id = ? and deleted_at is null order by id'),
    // Its row stays for what is still queued; its name, which is unique, does not.
    deleteServer: prepare(
      `update server set deleted_at = :at, name = name || ' (deleted ' || id || ')' where id = :id and deleted_at is null`,
    ),
    serverOfInboundDomain: prepare(
      `select id from server where settings ->> 'inboundDomain' = ? and deleted_at is null
         and settings ->> 'inboundDomain' <> ''`,
    ).pluck(),
    addStream: prepare(
      `insert into stream (server_id, id, name, kind, created_at, pool, unsubscribe_handling)
       values (?, ?, ?, ?, ?, ?, ?)`,
    ),
    serverPool: prepare('select pool from server_pool where server_id = ? and kind = ?').pluck(),
    stream: prepare('select * from stream where server_id = ? and id = ?'),
    streams: prepare('select * from stream where server_id = ? order by rowid'),
  };
}

function tokenStatements(prepare: Prepare) {
  return {
    addToken: prepare(
      `insert into token (kind, account_id, server_id, stream_id, hash, secret_hash, sealed_secret, hint, created_at, limits)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    token: prepare(`select ${TOKEN_COLUMNS} from token where id = ?`),
    tokenByHash: prepare(`select ${TOKEN_COLUMNS} from token where hash = ? and revoked_at is null`),
    takesSmtp: prepare(
      `select coalesce(s.settings ->> 'smtpApiActivated', 1) from token t join server s on s.id = t.server_id
       where t.id = ? and t.revoked_at is null and s.deleted_at is null`,
    ).pluck(),
    tokenBySecretHash: prepare(`select ${TOKEN_COLUMNS} from token where secret_hash = ? and revoked_at is null`),
    smtpSecret: prepare('select hash, secret_hash, sealed_secret from token where id = ? and revoked_at is null'),
    serverTokenTexts: prepare(
      `select hash, sealed_secret from token
       where server_id = ? and kind = 'server' and revoked_at is null and sealed_secret is not null and limits is null
       order by id`,
    ),
    tokenUsed: prepare('update token set last_used_at = ? where id = ?'),
    revokeTokensOf: prepare('update token set revoked_at = ? where server_id = ? and revoked_at is null'),
    archiveStreamsOf: prepare('update stream set archived_at = ? where server_id = ? and archived_at is null'),
    tokens: prepare(`select ${TOKEN_COLUMNS} from token where account_id = ? order by id`),
    revokeToken: prepare('update token set revoked_at = ? where id = ? and revoked_at is null'),
  };
}

function suppressionStatements(prepare: Prepare) {
  return {
    isSuppressed: prepare('select 1 from suppression where server_id = ? and stream_id = ? and address = ?'),
    // One statement for all addresses: each statement of its own takes and gives up a read lock.
    suppressed: prepare(
      `select value from json_each(?) as asked where exists (select 1 from suppression
         where server_id = ? and stream_id = ? and address = asked.value) order by asked.key`,
    ).pluck(),
    suppressions: prepare('select * from suppression where server_id = ? and stream_id = ? order by address'),
    cursor: prepare('select seq from cursor where consumer = ? and log = ?').pluck(),
    setCursor: prepare(
      `insert into cursor (consumer, log, seq) values (?, ?, ?)
       on conflict (consumer, log) do update set seq = excluded.seq`,
    ),
  };
}
