CREATE TABLE delivery (
  id integer primary key,
  due_at integer not null,
  attempts integer not null,
  first_due_at integer not null,
  domain text not null,
  recipients text not null
, flow integer not null default 0) strict;

CREATE INDEX delivery_flow_due on delivery (flow, due_at);

CREATE TABLE event (
  seq integer primary key,
  at integer not null,
  message_seq integer,
  data text
) strict;

CREATE TABLE flow (
  id integer primary key,
  server_id integer not null,
  stream_id text not null,
  unique (server_id, stream_id)
) strict;

CREATE TABLE mark (
  only integer primary key check (only = 1),
  seq integer not null
) strict;

CREATE TABLE message (
  seq integer primary key,
  id blob not null unique,
  accepted_at integer not null,
  meta text not null,
  body blob not null
) strict;
