CREATE TABLE delivery (
  id integer primary key,
  due_at integer not null,
  attempts integer not null,
  first_due_at integer not null,
  domain text not null,
  recipients text not null
) strict;

CREATE INDEX delivery_due on delivery (due_at);

CREATE TABLE event (
  seq integer primary key,
  at integer not null,
  message_seq integer,
  data text
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
