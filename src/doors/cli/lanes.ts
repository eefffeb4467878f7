// `bulkhead lanes`: every lane with its addresses, queue, streams, sites and holds.
import { parseArgs } from 'node:util';
import { askServer } from './ask-server.ts';
import type { Command } from './command.ts';
import { asClause, lines, TERMINAL_COLUMNS } from './lines.ts';
import { table } from './table.ts';

export const lanesCommand: Command = {
  name: 'lanes',
  summary: 'show lanes: addresses, queues, pace at the sites, what is held',
  help: [
    'usage: bulkhead lanes [--json] [--token <account token>]',
    '',
    'Asks the running server. Shows for each lane whether mail leaves, what waits, the streams with the largest backlog, the',
    "sites with the most mail or trouble, and what is paused. Without --token it uses the key of the installation's data",
    'folder. Exit code 1 where a lane is down or paused, or nothing answers.',
  ].join('\n'),
  async run(args, host) {
    const { values } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, token: { type: 'string' } },
    });
    const answer = await askServer<{ readonly Lanes: readonly LaneShape[] }>(host, '/lanes', values.token);
    if (values.json === true) host.out(JSON.stringify(answer, null, 2));
    else for (const line of answer.Lanes.flatMap(told)) host.out(line);
    return answer.Lanes.every(({ State }) => State === 'running') ? 0 : 1;
  },
};

/** The part of the answer that is told here. */
interface LaneShape {
  readonly ID: string;
  readonly StreamType: string;
  readonly State: string;
  readonly Words: string;
  readonly Queued: number | null;
  readonly InFlight: number | null;
  readonly WaitingForSites: number | null;
  readonly PutOff: number | null;
  readonly NextDueAt: string | null;
  readonly Addresses: readonly AddressShape[];
  readonly Streams: readonly StreamShape[];
  readonly Sites: readonly SiteShape[];
  readonly Holds: readonly WordsOnStream[];
  readonly Warnings: readonly WordsOnStream[];
}

interface WordsOnStream {
  readonly ServerName: string;
  readonly StreamID: string;
  readonly Words: string;
}

interface AddressShape {
  readonly Address: string;
  readonly EHLO: string;
  readonly Shared: boolean;
  readonly Note?: string;
  readonly Usable: boolean;
  readonly Reasons: readonly string[];
}

interface StreamShape {
  readonly ServerName: string;
  readonly StreamID: string;
  readonly Waiting: number;
  readonly Held: boolean;
}

interface SiteShape {
  readonly Key: string;
  readonly Hosts: readonly string[];
  readonly Provider: string | null;
  readonly Waiting: number;
  readonly Active: number;
  readonly Words: string;
}

function told(lane: LaneShape, position: number): string[] {
  return [
    ...(position > 0 ? [''] : []),
    ...lines(`${lane.ID} (${lane.StreamType.toLowerCase()}): `, `${stateOf(lane)}`),
    ...lane.Addresses.flatMap((address) => lines('  address  ', addressOf(address))),
    ...lines('  queue    ', queueOf(lane)),
    ...lane.Holds.flatMap((hold) => lines('  PAUSED   ', `${hold.ServerName} / ${hold.StreamID}: ${hold.Words}`)),
    ...lane.Warnings.flatMap((about) =>
      lines('  warning  ', `${about.ServerName} / ${about.StreamID}: ${about.Words}`),
    ),
    ...streamsOf(lane.Streams),
    ...sitesOf(lane.Sites),
  ];
}

function stateOf({ State, Words }: LaneShape): string {
  return State === 'running' ? `running, ${Words}` : `${State.toUpperCase()}: ${Words}`;
}

function addressOf({ Address, EHLO, Shared, Note, Usable, Reasons }: AddressShape): string {
  const shared = Shared ? `; shared: ${asClause(Note ?? '')}` : '';
  return `${Address}, EHLO ${EHLO}${Usable ? '' : `, NOT USED: ${Reasons.join('; ')}`}${shared}`;
}

function queueOf({ Queued, InFlight, WaitingForSites, PutOff, NextDueAt }: LaneShape): string {
  if (Queued === null) return 'not known';
  return [
    `${Queued} not finished`,
    `${InFlight ?? 0} in flight`,
    `${WaitingForSites ?? 0} waiting for their site`,
    ...((PutOff ?? 0) > 0 ? [`${PutOff} put off untried since the start`] : []),
    ...(NextDueAt === null ? [] : [`next due ${NextDueAt.slice(0, 19).replace('T', ' ')} UTC`]),
  ].join(', ');
}

function streamsOf(streams: readonly StreamShape[]): string[] {
  if (streams.length === 0) return [];
  const rows = streams.map(({ ServerName, StreamID, Waiting, Held }) => [
    `${ServerName} / ${StreamID}`,
    String(Waiting),
    Held ? 'PAUSED' : '',
  ]);
  return indented(table(['STREAM', 'WAITING', ''], rows));
}

function sitesOf(sites: readonly SiteShape[]): string[] {
  if (sites.length === 0) return [];
  const rows = sites.map(({ Key, Hosts, Provider, Waiting, Active }) => [
    cut(Provider ?? Hosts[0] ?? Key, NAME_COLUMNS),
    String(Waiting),
    String(Active),
    '',
  ]);
  const [head = '', ...plain] = indented(table(['SITE', 'WAITING', 'ACTIVE', 'PACE'], rows));
  const before = head.indexOf('PACE');
  return [head, ...plain.flatMap((row, at) => lines(row.padEnd(before), sites[at]?.Words ?? ''))];
}

/** Leaves room for the words beside it. */
const NAME_COLUMNS = TERMINAL_COLUMNS / 3;

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.floor(limit) - 1)}…`;
}

function indented(rows: readonly string[]): string[] {
  return rows.map((row) => `  ${row}`);
}
