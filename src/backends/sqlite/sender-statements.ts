// The statements on sending domains, DKIM keys and sender signatures, prepared once a connection.
import type { Connection, Statement } from './database.ts';
import { DOMAIN_COLUMNS } from './sender-rows.ts';
import { MOST_TROUBLED } from '../../ports/sender-store.ts';

export type SenderStatements = ReturnType<typeof senderStatements>;

export function senderStatements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return { ...domainStatements(prepare), ...keyStatements(prepare), ...signatureStatements(prepare) };
}

type Prepare = (sql: string) => Statement;

function domainStatements(prepare: Prepare) {
  const from = `select ${DOMAIN_COLUMNS} from domain d`;
  return {
    addDomain: prepare(
      `insert into domain (account_id, name, proof, verified_at, return_path_domain, check_at, created_at)
       values (?, ?, ?, ?, ?, ?, ?)`,
    ),
    domain: prepare(`${from} where account_id = ? and name = ?`),
    domainById: prepare(`${from} where id = ?`),
    domains: prepare(`${from} where account_id = ? order by proof is null, name limit ? offset ?`),
    countDomains: prepare('select count(*) from domain where account_id = ?').pluck(),
    setDomain: prepare(
      `update domain set proof = ?, verified_at = ?, dkim_verified_at = ?, return_path_domain = ?,
         return_path_verified_at = ?, checked_at = ?, check_at = ?, missing_since = ?, dkim_problems = ?,
         return_path_problems = ? where id = ?`,
    ),
    deleteDomain: prepare('delete from domain where id = ?'),
    dueDomains: prepare(`${from} where check_at <= ? order by check_at, id limit ?`),
    troubled: prepare(
      `${from} where missing_since is not null and (@account is null or account_id = @account)
       order by name, id limit ${MOST_TROUBLED}`,
    ),
  };
}

function keyStatements(prepare: Prepare) {
  return {
    addKey: prepare(
      `insert into dkim_key (account_id, domain, selector, algorithm, sealed_private_key, record_value, state,
         created_at, changed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    key: prepare('select * from dkim_key where account_id = ? and domain = ? and selector = ?'),
    keys: prepare("select * from dkim_key where account_id = ? and domain = ? and state <> 'left' order by rowid"),
    setState: prepare('update dkim_key set state = ?, changed_at = ? where domain = ? and selector = ?'),
    dropRevoked: prepare(
      "delete from dkim_key where account_id = ? and domain = ? and algorithm = ? and state = 'revoked'",
    ),
    revokeActive: prepare(
      `update dkim_key set state = 'revoked', changed_at = ?
       where account_id = ? and domain = ? and algorithm = ? and state = 'active'`,
    ),
    leaveActive: prepare(
      "update dkim_key set state = 'left', changed_at = ? where account_id = ? and domain = ? and state = 'active'",
    ),
    dropOthers: prepare("delete from dkim_key where account_id = ? and domain = ? and state <> 'left'"),
    dropLeft: prepare("delete from dkim_key where state = 'left' and changed_at < ?"),
    signing: prepare(
      `select * from dkim_key k where domain = @domain and state in ('active', 'left')
         and (account_id = @account or exists (select 1 from domain d
           where d.account_id = k.account_id and d.name = k.domain and d.proof = 'operator'))
       order by account_id = @account desc, state = 'active' desc, rowid`,
    ),
  };
}

function signatureStatements(prepare: Prepare) {
  return {
    addSignature: prepare(
      `insert into sender_signature (account_id, address, folded, domain, name, reply_to, note, created_at)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    signature: prepare('select * from sender_signature where account_id = ? and folded = ?'),
    signatureById: prepare('select * from sender_signature where id = ?'),
    signatures: prepare(
      `select s.* from sender_signature s left join domain d on d.account_id = s.account_id and d.name = s.domain
       where s.account_id = ? order by s.confirmed_at is null and d.proof is null, s.folded limit ? offset ?`,
    ),
    countSignatures: prepare('select count(*) from sender_signature where account_id = ?').pluck(),
    setSignature: prepare(
      'update sender_signature set name = ?, reply_to = ?, note = ?, confirmed_at = ? where id = ?',
    ),
    deleteSignature: prepare('delete from sender_signature where id = ?'),
  };
}
