CREATE TABLE account (
  id integer primary key autoincrement,
  name text not null,
  created_at integer not null
, own integer not null default 0) strict;

CREATE TABLE address (
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

CREATE UNIQUE INDEX address_owned on address (ip) where shared = 0;

CREATE TABLE cursor (
  consumer text not null,
  log text not null,
  seq integer not null,
  primary key (consumer, log)
) strict, without rowid;

CREATE TABLE data_removal (
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

CREATE INDEX data_removal_open on data_removal (id) where erased_at is null or notify = 1;

CREATE TABLE "dkim_key" (
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

CREATE INDEX dkim_key_account on dkim_key (account_id, domain);

CREATE TABLE domain (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  name text not null,
  proof text,
  verified_at integer,
  return_path_domain text,
  created_at integer not null, dkim_verified_at integer, return_path_verified_at integer, checked_at integer, check_at integer, missing_since integer, dkim_problems text, return_path_problems text,
  unique (account_id, name)
) strict;

CREATE INDEX domain_check on domain (check_at) where check_at is not null;

CREATE TABLE hold (
  server_id integer not null,
  stream_id text not null,
  held_by text not null,
  reason text not null,
  at integer not null,
  primary key (server_id, stream_id)
) strict, without rowid;

CREATE TABLE inbound_rule (
  id integer primary key autoincrement,
  server_id integer not null references server (id),
  rule text not null,
  unique (server_id, rule)
) strict;

CREATE TABLE pending_event (
  id integer primary key autoincrement,
  event text not null
) strict;

CREATE TABLE pool (
  number integer primary key,
  id text not null unique,
  kind text not null,
  created_at integer not null
) strict;

CREATE TABLE purged_stream (
  server_id integer not null,
  id text not null,
  at integer not null,
  primary key (server_id, id)
) strict, without rowid;

CREATE TABLE resumption (
  server_id integer not null,
  stream_id text not null,
  held_at integer not null,
  at integer not null,
  primary key (server_id, stream_id)
) strict, without rowid;

CREATE TABLE sender_signature (
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

CREATE INDEX sender_signature_domain on sender_signature (account_id, domain);

CREATE TABLE server (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  name text not null,
  settings text not null,
  created_at integer not null, deleted_at integer,
  unique (account_id, name)
) strict;

CREATE UNIQUE INDEX server_inbound_domain on server (settings ->> 'inboundDomain')
  where deleted_at is null and settings ->> 'inboundDomain' <> '';

CREATE TABLE server_pool (
  server_id integer not null references server (id),
  kind text not null,
  pool text not null references pool (id),
  primary key (server_id, kind)
) strict, without rowid;

CREATE TABLE stream (
  server_id integer not null references server (id),
  id text not null,
  name text not null,
  kind text not null,
  created_at integer not null,
  archived_at integer, pool text references pool (id), description text, updated_at integer, unsubscribe_handling text not null default 'None',
  primary key (server_id, id)
) strict;

CREATE INDEX stream_archived on stream (archived_at) where archived_at is not null;

CREATE INDEX stream_pool on stream (pool) where pool is not null;

CREATE TABLE suppression (
  server_id integer not null,
  stream_id text not null,
  address text not null,
  reason text not null,
  origin text not null,
  created_at integer not null,
  primary key (server_id, stream_id, address)
) strict, without rowid;

CREATE TABLE template (
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

CREATE UNIQUE INDEX template_alias on template (server_id, alias) where deleted_at is null;

CREATE INDEX template_layout on template (layout_id) where layout_id is not null;

CREATE INDEX template_server on template (server_id, id);

CREATE TABLE token (
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
, limits text, last_used_at integer) strict;

CREATE INDEX token_account on token (account_id);

CREATE UNIQUE INDEX token_hash on token (hash) where revoked_at is null;

CREATE INDEX token_secret_hash on token (secret_hash) where secret_hash is not null and revoked_at is null;

CREATE TABLE webhook (
  id integer primary key autoincrement,
  server_id integer not null references server (id),
  stream_id text not null,
  status text not null,
  triggers text not null,
  sealed_target text not null
) strict;

CREATE INDEX webhook_stream on webhook (server_id, stream_id);

CREATE TABLE webhook_tally (
  webhook_id integer not null,
  hour integer not null,
  succeeded integer not null,
  failed integer not null,
  slow integer not null,
  very_slow integer not null,
  primary key (webhook_id, hour)
) strict, without rowid;
