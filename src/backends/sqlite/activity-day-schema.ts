// The tables of one day of the activity index: messages that were accepted on that day (UTC), what became of them, and the
// tiles that searches look at. What retention ends goes with its file.
//
// `server_id` leads every key. What happens to a message is kept by (server, message id), not by the message's number,
// because logs are read side by side and a late bounce may be read before the message itself. Columns named `…_key` hold
// lower-case text.
import type { IndexSteps } from './activity-schema.ts';

const DAY_TABLES = `
CREATE TABLE message (
  number INTEGER PRIMARY KEY,    -- counts up
  server_id INTEGER NOT NULL,
  id BLOB NOT NULL,              -- the 16 bytes of the UUID
  stream_id TEXT NOT NULL,
  log INTEGER NOT NULL,          -- number of the log that holds the body
  received_at INTEGER NOT NULL,  -- Unix ms, as all times here
  from_key TEXT NOT NULL,
  tag TEXT,                      -- null where there is none
  subject_key TEXT NOT NULL,
  pending INTEGER NOT NULL,      -- a bit per recipient that is not finished; 0 is 'Sent'
  size INTEGER NOT NULL,
  sender TEXT NOT NULL,
  shown TEXT NOT NULL            -- JSON: what is shown and never searched
) STRICT;
CREATE UNIQUE INDEX message_by_id ON message (server_id, id);
CREATE INDEX message_by_stream ON message (server_id, stream_id, received_at);
CREATE INDEX message_queued ON message (server_id, stream_id, received_at) WHERE pending <> 0;

CREATE TABLE recipient (
  server_id INTEGER NOT NULL,
  slab INTEGER NOT NULL,         -- see activity-slab
  address_key TEXT NOT NULL,
  message INTEGER NOT NULL,      -- number of the message
  PRIMARY KEY (server_id, slab, address_key, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE metadata (
  server_id INTEGER NOT NULL,
  slab INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  message INTEGER NOT NULL,
  PRIMARY KEY (server_id, slab, name, value, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_event (
  server_id INTEGER NOT NULL,
  message_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  place INTEGER NOT NULL,
  shown TEXT NOT NULL,           -- JSON of a MessageEvent
  PRIMARY KEY (server_id, message_id, at, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE refused_source (
  server_id INTEGER NOT NULL,
  message_id BLOB NOT NULL,
  source BLOB NOT NULL,
  PRIMARY KEY (server_id, message_id)
) STRICT;

CREATE TABLE captured (
  server_id INTEGER NOT NULL,
  message_id BLOB NOT NULL,
  captured_at INTEGER NOT NULL,
  mail_from TEXT NOT NULL,
  rcpt_to TEXT NOT NULL,         -- JSON array
  prefix TEXT NOT NULL,
  PRIMARY KEY (server_id, message_id)
) STRICT;
CREATE INDEX captured_by_time ON captured (captured_at);
CREATE INDEX captured_by_server ON captured (server_id, captured_at);
CREATE INDEX captured_by_id ON captured (message_id);

-- Messages whose content was erased because of one of their recipients; the others are still shown.
CREATE TABLE erased (
  server_id INTEGER NOT NULL,
  message_id BLOB NOT NULL,
  PRIMARY KEY (server_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tile (
  n INTEGER PRIMARY KEY,
  upto INTEGER NOT NULL,         -- the first number that is not in it yet
  oldest INTEGER NOT NULL,       -- Unix ms of its messages; 0 where it has none
  newest INTEGER NOT NULL
) STRICT;

CREATE TABLE tile_bits (
  number INTEGER PRIMARY KEY,
  server_id INTEGER NOT NULL,
  field INTEGER NOT NULL,
  value TEXT NOT NULL,
  tile INTEGER NOT NULL,
  bits BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX tile_bits_by_value ON tile_bits (server_id, field, value, tile);
CREATE INDEX tile_bits_by_tile ON tile_bits (tile);

CREATE TABLE tile_subject (
  number INTEGER PRIMARY KEY,
  tile INTEGER NOT NULL,
  server_id INTEGER NOT NULL,
  skeletons BLOB NOT NULL,       -- distinct ones, a line each
  starts BLOB NOT NULL,          -- where each of them begins, in bytes: 32 bits each
  counts BLOB NOT NULL,          -- of messages that have the skeleton, 16 bits each
  places BLOB NOT NULL,          -- of these messages in the tile, skeleton after skeleton, 16 bits each
  digits BLOB NOT NULL           -- of these messages, in the same order, a line each
) STRICT;
CREATE UNIQUE INDEX tile_subject_by_server ON tile_subject (server_id, tile);
CREATE INDEX tile_subject_by_tile ON tile_subject (tile);
`;

export const DAY_STEPS: IndexSteps = { since: 1, steps: [DAY_TABLES] };
