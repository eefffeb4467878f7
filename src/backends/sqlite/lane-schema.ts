// The tables of a lane's file: its messages, what is to be delivered of them, and its events. Also those of the front log,
// which has events only. The result of all migrations is checked in as lane-schema.sql.
//
// A message's body lies in the same row and commit as the rest: a segment file beside it, with its own sync, was slower.
import type { Schema } from './database.ts';

export const LANE_SCHEMA: Schema = {
  name: 'the lane file',
  migrations: [
    `
-- The body is last: reading what stands before it does not touch the pages it spills into.
create table message (
  seq integer primary key,
  id blob not null unique,
  accepted_at integer not null,
  meta text not null,
  body blob not null
) strict;

-- What is not finished. The id is (seq of the message) * 1024 + (place of the domain within the message).
create table delivery (
  id integer primary key,
  due_at integer not null,
  attempts integer not null,
  first_due_at integer not null,
  domain text not null,
  recipients text not null
) strict;
create index delivery_due on delivery (due_at);

-- data is null where the event is the acceptance of message_seq: then the message's own row has everything.
create table event (
  seq integer primary key,
  at integer not null,
  message_seq integer,
  data text
) strict;

-- The highest seq that was ever given out, as far as the rows above no longer show it.
create table mark (
  only integer primary key check (only = 1),
  seq integer not null
) strict;
insert into mark values (1, 0);
`,
    `
-- Whose deliveries they are: each stream waits on its own.
create table flow (
  id integer primary key,
  server_id integer not null,
  stream_id text not null,
  unique (server_id, stream_id)
) strict;
alter table delivery add column flow integer not null default 0;
insert into flow (server_id, stream_id)
  select distinct json_extract(meta, '$.serverId'), json_extract(meta, '$.streamId') from message
    where seq in (select id / 1024 from delivery);
update delivery set flow = (
  select flow.id from message
    join flow on server_id = json_extract(meta, '$.serverId') and stream_id = json_extract(meta, '$.streamId')
    where message.seq = delivery.id / 1024
);
drop index delivery_due;
create index delivery_flow_due on delivery (flow, due_at);
`,
  ],
};
