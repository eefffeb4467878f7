// The tables of bulk.sqlite: bulk requests with their counters, and the content of those that are not finished. The result of
// all migrations is checked in as bulk-schema.sql.
import type { Schema } from './database.ts';

export const BULK_SCHEMA: Schema = {
  name: 'the file of bulk requests',
  migrations: [
    `
-- A row is inserted when all of its content is there. failures is JSON. Times are Unix milliseconds.
create table request (
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
create index request_of_server on request (server_id, seq);
create index request_waiting on request (server_id, stream_id, seq) where finished_at is null;
create index request_finished on request (finished_at) where finished_at is not null;

-- data is JSON. Without a request that is not finished it is what a crash or a cancellation left, and is dropped.
create table content (
  id integer primary key autoincrement,
  data text not null
) strict;

-- Some entries of a request, from the place "first" on; data is a JSON array.
create table block (
  content integer not null,
  first integer not null,
  count integer not null,
  data text not null,
  primary key (content, first)
) strict;
`,
  ],
};
