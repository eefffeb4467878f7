CREATE TABLE guard_cursor (
  log text primary key,
  seq integer not null
) strict, without rowid;

CREATE TABLE guard_note (
  server_id integer not null,
  stream_id text not null,
  data text not null,
  primary key (server_id, stream_id)
) strict, without rowid;

CREATE TABLE guard_window (
  server_id integer not null,
  stream_id text not null,
  provider text not null,
  data text not null,
  primary key (server_id, stream_id, provider)
) strict, without rowid;
