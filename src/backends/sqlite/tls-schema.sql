CREATE TABLE policy (
  domain text primary key,
  id text not null,
  policy text not null,
  fetched_at integer not null,
  expires_at integer not null,
  used_at integer not null
) strict, without rowid;

CREATE TABLE report (
  day text not null,
  domain text not null,
  primary key (day, domain)
) strict, without rowid;

CREATE TABLE session (
  domain text not null,
  host text not null,
  ip text not null,
  at integer not null,
  policy_type text not null,
  protocol text,
  cipher text,
  verified_by text,
  failure text,
  reason text,
  primary key (domain, host)
) strict, without rowid;

CREATE INDEX session_at on session (at);

CREATE TABLE tally (
  day text not null,
  domain text not null,
  policy_type text not null,
  policy_text text not null,
  host text not null,
  ip text not null,
  local_ip text not null,
  failure text not null,
  reason text not null,
  count integer not null,
  primary key (day, domain, policy_type, policy_text, host, ip, local_ip, failure)
) strict, without rowid;
