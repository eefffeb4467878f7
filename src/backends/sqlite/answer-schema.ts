// The table of answers.sqlite. The result of all migrations is checked in as answer-schema.sql.
import type { Schema } from './database.ts';

export const ANSWER_SCHEMA: Schema = {
  name: 'the file of answers',
  migrations: [
    `
create table answer (
  id integer primary key autoincrement,  -- the oldest first
  server_id integer not null,
  key text not null,
  at integer not null,
  fingerprint text not null,
  seed text not null,
  status integer,                        -- null while there is no answer yet
  body text,
  bytes integer not null,                -- what the row is taken to cost
  unique (server_id, key)
) strict;
create index answer_by_server on answer (server_id, id);
`,
  ],
};
