// Explanations and lanes as JSON, beside present.ts and by its rules. Ours, not Postmark's.
import { presentAddressState, presentTime, STREAM_TYPES } from './present.ts';
import type { LaneView } from '../../core/lane-view.ts';
import type { AttemptWhy } from '../../core/why-attempts.ts';
import type { Explanation, RecipientWhy } from '../../core/why.ts';

type Json = Readonly<Record<string, unknown>>;

export function presentWhy(told: Explanation): Json {
  return {
    MessageID: told.id,
    State: told.state,
    Summary: told.summary,
    ServerID: told.serverId,
    MessageStream: told.streamId,
    Lane: told.lane ?? null,
    ReceivedAt: presentTime(told.receivedAt),
    From: told.from,
    Subject: told.subject,
    Recipients: told.recipients.map(presentRecipient),
    Notes: told.notes,
  };
}

function presentRecipient({ address, state, words, nextAttemptAt, holds, attempts }: RecipientWhy): Json {
  return {
    Address: address,
    State: state,
    Words: words,
    NextAttemptAt: timeOrNull(nextAttemptAt),
    Holds: holds.map(({ kind, words: held, until }) => ({ Kind: kind, Words: held, Until: timeOrNull(until) })),
    Attempts: attempts.map(presentAttempt),
  };
}

function presentAttempt({ at, number, outcome, via, peer, reply, words, transcript }: AttemptWhy): Json {
  return {
    At: presentTime(at),
    Number: number,
    Pool: via?.pool ?? null,
    Address: via?.address ?? null,
    EHLO: via?.ehlo ?? null,
    PTR: via?.ptr ?? null,
    Host: peer?.host ?? null,
    IP: peer?.ip ?? null,
    TLS: peer?.tls ?? false,
    TLSPolicy: peer?.tlsPolicy ?? null,
    Outcome: outcome,
    Reply: reply ?? null,
    Words: words,
    Transcript: transcript,
  };
}

export function presentLaneView(view: LaneView): Json {
  const { lane, report } = view;
  return {
    ID: lane.id,
    StreamType: STREAM_TYPES[lane.kind],
    State: view.state,
    Words: view.words,
    Queued: report?.depth.messages ?? null,
    Deliveries: report?.depth.deliveries ?? null,
    InFlight: report?.load.jobs ?? null,
    WaitingForSites: report?.load.waiting ?? null,
    PutOff: report?.load.putOff ?? null,
    NextDueAt: timeOrNull(report?.depth.nextDueAt),
    Addresses: (report?.addresses ?? []).map(presentAddressState),
    Streams: view.backlog.map(({ serverId, serverName, streamId, deliveries, held }) => ({
      ServerID: serverId,
      ServerName: serverName,
      StreamID: streamId,
      Waiting: deliveries,
      Held: held,
    })),
    Sites: view.sites.map((site) => ({
      Key: site.key,
      Hosts: site.hosts ?? [],
      Provider: site.provider ?? null,
      Waiting: site.waiting,
      Active: site.active,
      State: site.state,
      Since: timeOrNull(site.since),
      Until: timeOrNull(site.until),
      Concurrency: site.concurrency ?? null,
      Limit: site.limit ?? null,
      PerMinute: site.perMinute ?? null,
      Words: site.words,
    })),
    Holds: view.holds.map(({ serverId, serverName, streamId, by, at, reason, words }) => ({
      ServerID: serverId,
      ServerName: serverName,
      StreamID: streamId,
      By: by,
      At: presentTime(at),
      Reason: reason,
      Words: words,
    })),
    Warnings: view.warnings.map(({ serverId, serverName, streamId, words }) => ({
      ServerID: serverId,
      ServerName: serverName,
      StreamID: streamId,
      Words: words,
    })),
  };
}

function timeOrNull(at: number | undefined): string | null {
  return at === undefined ? null : presentTime(at);
}
