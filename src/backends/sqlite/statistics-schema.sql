CREATE TABLE cursor (
  log integer primary key,
  seq integer not null
) strict;

CREATE TABLE day_counts (
  server_id integer not null,
  tag text not null,
  day text not null,
  stream_id text not null,
  counts text not null,
  primary key (server_id, tag, day, stream_id)
) strict, without rowid;

CREATE TABLE day_tags (
  server_id integer not null,
  day text not null,
  tags integer not null,
  primary key (server_id, day)
) strict, without rowid;

CREATE TABLE first (
  day integer not null,
  hash text not null,
  primary key (day, hash)
) strict, without rowid;
