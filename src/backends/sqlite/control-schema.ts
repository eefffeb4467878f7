// The tables of control.sqlite: accounts, servers, streams, tokens, domains with their keys, suppressions, cursors. The result
// of all migrations is checked in as control-schema.sql.
//
// A server's settings are one JSON object over the defaults, so that a new setting needs no migration. Columns whose name
// begins with `sealed_` hold sealed boxes (lib/sealed-box.ts).
import type { Schema } from './database.ts';

export const CONTROL_SCHEMA: Schema = {
  name: 'the control file',
  migrations: [
    `
create table account (
  id integer primary key autoincrement,
  name text not null,
  created_at integer not null
) strict;

create table server (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  name text not null,
  settings text not null,
  created_at integer not null,
  unique (account_id, name)
) strict;

create table stream (
  server_id integer not null references server (id),
  id text not null,
  name text not null,
  kind text not null,
  created_at integer not null,
  archived_at integer,
  primary key (server_id, id)
) strict;

create table token (
  id integer primary key autoincrement,
  kind text not null,
  account_id integer not null references account (id),
  server_id integer references server (id),
  stream_id text,
  hash text not null,
  secret_hash text,
  sealed_secret text,
  hint text not null,
  created_at integer not null,
  revoked_at integer
) strict;
create unique index token_hash on token (hash) where revoked_at is null;
create index token_secret_hash on token (secret_hash) where secret_hash is not null and revoked_at is null;
create index token_account on token (account_id);

create table domain (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  name text not null,
  proof text,
  verified_at integer,
  return_path_domain text,
  created_at integer not null,
  unique (account_id, name)
) strict;

create table dkim_key (
  domain text not null,
  selector text not null,
  algorithm text not null,
  sealed_private_key text not null,
  record_value text not null,
  active integer not null,
  primary key (domain, selector)
) strict;

create table suppression (
  server_id integer not null,
  stream_id text not null,
  address text not null,
  reason text not null,
  origin text not null,
  created_at integer not null,
  primary key (server_id, stream_id, address)
) strict, without rowid;

create table cursor (
  consumer text not null,
  log text not null,
  seq integer not null,
  primary key (consumer, log)
) strict, without rowid;
`,
    `
create table pool (
  number integer primary key,
  id text not null unique,
  kind text not null,
  created_at integer not null
) strict;
insert into pool values (1, 'transactional', 'transactional', 0), (2, 'broadcast', 'broadcast', 0);

-- proof and warm_up are JSON, and null where there was none yet. ehlo is null for the installation's host name.
create table address (
  id integer primary key autoincrement,
  pool text not null references pool (id),
  ip text not null,
  ehlo text,
  shared integer not null,
  state text not null,
  added_at integer not null,
  proof text,
  warm_up text,
  unique (pool, ip)
) strict;
create unique index address_owned on address (ip) where shared = 0;
-- A machine with one address, until its operator gives each pool its own.
insert into address (pool, ip, shared, state, added_at)
  values ('transactional', 'host', 1, 'active', 0), ('broadcast', 'host', 1, 'active', 0);

-- Null on inbound streams only.
alter table stream add column pool text references pool (id);
update stream set pool = kind where kind in ('transactional', 'broadcast');
create index stream_pool on stream (pool) where pool is not null;

-- Servers whose streams of a kind go into a pool of their own.
create table server_pool (
  server_id integer not null references server (id),
  kind text not null,
  pool text not null references pool (id),
  primary key (server_id, kind)
) strict, without rowid;

create table hold (
  server_id integer not null,
  stream_id text not null,
  held_by text not null,
  reason text not null,
  at integer not null,
  primary key (server_id, stream_id)
) strict, without rowid;
`,
    `
-- The last time that each stream was resumed; guards count anew from there.
create table resumption (
  server_id integer not null,
  stream_id text not null,
  held_at integer not null,
  at integer not null,
  primary key (server_id, stream_id)
) strict, without rowid;
`,
    `
-- Whose data is to be erased. server_ids is a JSON array. address and requested_by are empty once they are not needed any more;
-- address_hash is keyed, and stays.
create table data_removal (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  server_ids text not null,
  address text not null,
  address_hash text not null,
  requested_by text not null,
  notify integer not null,
  requested_at integer not null,
  erased_at integer
) strict;
create index data_removal_open on data_removal (id) where erased_at is null or notify = 1;
`,
    `
-- triggers is JSON; where it leads and what it carries is in the box. Counts are by the hour since 1970.
create table webhook (
  id integer primary key autoincrement,
  server_id integer not null references server (id),
  stream_id text not null,
  status text not null,
  triggers text not null,
  sealed_target text not null
) strict;
create index webhook_stream on webhook (server_id, stream_id);
create table webhook_tally (
  webhook_id integer not null,
  hour integer not null,
  succeeded integer not null,
  failed integer not null,
  slow integer not null,
  very_slow integer not null,
  primary key (webhook_id, hour)
) strict, without rowid;
`,
    `
-- What is small stands before the texts, so that a list reads none of them. layout_id: of a layout of the same server.
create table template (
  id integer primary key autoincrement,
  server_id integer not null,
  type text not null,
  name text not null,
  alias text collate nocase,
  layout_id integer references template (id),
  version integer not null,
  created_at integer not null,
  deleted_at integer,
  subject text,
  html_body text,
  text_body text
) strict;
create unique index template_alias on template (server_id, alias) where deleted_at is null;
create index template_server on template (server_id, id);
create index template_layout on template (layout_id) where layout_id is not null;
`,
    `
-- 1 for the account of the installation itself, in whose name it sends.
alter table account add column own integer not null default 0;

-- What is known of a domain's records. Problems are JSON lists of sentences, null where there are none.
alter table domain add column dkim_verified_at integer;
alter table domain add column return_path_verified_at integer;
alter table domain add column checked_at integer;
alter table domain add column check_at integer;
alter table domain add column missing_since integer;
alter table domain add column dkim_problems text;
alter table domain add column return_path_problems text;
update domain set dkim_verified_at = verified_at, check_at = 0 where proof = 'dns';
update domain set check_at = 0 where proof is null;
create index domain_check on domain (check_at) where check_at is not null;

-- Keys belong to an account: that one has shown its record proves nothing for another. state: pending, active, revoked, left.
create table owned_dkim_key (
  account_id integer not null references account (id),
  domain text not null,
  selector text not null,
  algorithm text not null,
  sealed_private_key text not null,
  record_value text not null,
  state text not null,
  created_at integer not null,
  changed_at integer not null,
  primary key (domain, selector)
) strict;
insert into owned_dkim_key
  select (select min(d.account_id) from domain d where d.name = k.domain), k.domain, k.selector, k.algorithm,
    k.sealed_private_key, k.record_value, case k.active when 1 then 'active' else 'pending' end,
    (select min(d.created_at) from domain d where d.name = k.domain),
    (select min(d.created_at) from domain d where d.name = k.domain)
  from dkim_key k where exists (select 1 from domain d where d.name = k.domain) order by k.rowid;
drop table dkim_key;
alter table owned_dkim_key rename to dkim_key;
create index dkim_key_account on dkim_key (account_id, domain);

-- Single addresses that may send. folded: the address in lower case.
create table sender_signature (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  address text not null,
  folded text not null,
  domain text not null,
  name text not null,
  reply_to text,
  note text,
  confirmed_at integer,
  created_at integer not null,
  unique (account_id, folded)
) strict;
create index sender_signature_domain on sender_signature (account_id, domain);
`,
    `
alter table server add column deleted_at integer;
-- limits is JSON, and null for none.
alter table token add column limits text;
alter table token add column last_used_at integer;
update server set settings = json_set(settings, '$.inboundHash', lower(hex(randomblob(16))));
create unique index server_inbound_domain on server (settings ->> 'inboundDomain')
  where deleted_at is null and settings ->> 'inboundDomain' <> '';
`,
    `
create table inbound_rule (
  id integer primary key autoincrement,
  server_id integer not null references server (id),
  rule text not null,
  unique (server_id, rule)
) strict;
`,
    `
alter table stream add column description text;
alter table stream add column updated_at integer;
alter table stream add column unsubscribe_handling text not null default 'None';
update stream set unsubscribe_handling = 'Postmark' where kind = 'broadcast';
create index stream_archived on stream (archived_at) where archived_at is not null;

-- Streams that were deleted some time after they were archived, until their id is used again.
create table purged_stream (
  server_id integer not null,
  id text not null,
  at integer not null,
  primary key (server_id, id)
) strict, without rowid;

-- Events (JSON) of changes of the control data that are not in the log outside lanes yet.
create table pending_event (
  id integer primary key autoincrement,
  event text not null
) strict;
`,
  ],
};
