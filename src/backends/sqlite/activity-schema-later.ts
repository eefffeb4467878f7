// The tables of activity.sqlite for what comes after delivery: openings and clicks, inbound mail, and when dumps go.
//
// Names of programs and places are compared without regard to case (NOCASE: of ASCII letters).
export const LATER_TABLES = `
CREATE TABLE tracked (
  number INTEGER PRIMARY KEY,
  server_id INTEGER NOT NULL,
  stream_id TEXT NOT NULL,
  kind INTEGER NOT NULL,         -- 0 an opening, 1 a click
  message_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  recipient_key TEXT NOT NULL,
  link TEXT NOT NULL,            -- empty for an opening
  location TEXT NOT NULL,
  tag TEXT,                      -- null where the message has none, or came later
  first_open INTEGER NOT NULL,
  read_seconds INTEGER NOT NULL,
  user_agent TEXT NOT NULL,
  client_name TEXT NOT NULL COLLATE NOCASE,
  client_company TEXT NOT NULL COLLATE NOCASE,
  client_family TEXT NOT NULL COLLATE NOCASE,
  os_name TEXT NOT NULL COLLATE NOCASE,
  os_company TEXT NOT NULL COLLATE NOCASE,
  os_family TEXT NOT NULL COLLATE NOCASE,
  platform TEXT NOT NULL COLLATE NOCASE,
  country_code TEXT NOT NULL COLLATE NOCASE,
  country TEXT NOT NULL COLLATE NOCASE,
  region_code TEXT NOT NULL COLLATE NOCASE,
  region TEXT NOT NULL COLLATE NOCASE,
  city TEXT NOT NULL COLLATE NOCASE,
  zip TEXT NOT NULL,
  coords TEXT NOT NULL,
  ip TEXT NOT NULL,
  UNIQUE (server_id, message_id, kind, recipient_key, link)
) STRICT;
CREATE INDEX tracked_by_stream ON tracked (server_id, stream_id, kind, at);
CREATE INDEX tracked_by_recipient ON tracked (server_id, recipient_key, kind, at);

CREATE TABLE inbound (
  number INTEGER PRIMARY KEY,
  server_id INTEGER NOT NULL,
  message_id BLOB NOT NULL,
  stream_id TEXT NOT NULL,
  status TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  from_key TEXT NOT NULL,
  subject_key TEXT NOT NULL,
  mailbox_hash TEXT NOT NULL,
  tag TEXT NOT NULL,
  blocked_reason TEXT NOT NULL,
  shown TEXT NOT NULL,           -- JSON: what a list shows
  content TEXT NOT NULL,         -- JSON: what the details add
  UNIQUE (server_id, message_id)
) STRICT;
CREATE INDEX inbound_by_status ON inbound (server_id, status, received_at);
CREATE INDEX inbound_by_from ON inbound (server_id, from_key);
CREATE INDEX inbound_by_time ON inbound (received_at);
CREATE INDEX inbound_blocked ON inbound (received_at) WHERE status = 'Blocked';

CREATE TABLE inbound_recipient (
  server_id INTEGER NOT NULL,
  address_key TEXT NOT NULL,
  inbound INTEGER NOT NULL,      -- number of the message
  PRIMARY KEY (server_id, address_key, inbound)
) STRICT, WITHOUT ROWID;

CREATE INDEX bounce_dump ON bounce (bounced_at) WHERE report <> '';
`;
