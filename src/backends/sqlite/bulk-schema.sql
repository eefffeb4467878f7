CREATE TABLE block (
  content integer not null,
  first integer not null,
  count integer not null,
  data text not null,
  primary key (content, first)
) strict;

CREATE TABLE content (
  id integer primary key autoincrement,
  data text not null
) strict;

CREATE TABLE request (
  seq integer primary key autoincrement,
  id text not null unique,
  content integer not null,
  account_id integer not null,
  server_id integer not null,
  stream_id text not null,
  submitted_at integer not null,
  status text not null,
  subject text,
  total integer not null,
  released integer not null default 0,
  failed integer not null default 0,
  next integer not null default 0,
  reserved_at integer,
  failures text not null default '[]',
  note text,
  bytes integer not null,
  finished_at integer
) strict;

CREATE INDEX request_finished on request (finished_at) where finished_at is not null;

CREATE INDEX request_of_server on request (server_id, seq);

CREATE INDEX request_waiting on request (server_id, stream_id, seq) where finished_at is null;
