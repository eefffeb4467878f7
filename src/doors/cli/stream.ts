// `bulkhead stream`: which streams are paused and why, pause one, resume one. Works beside the running server.
import { UsageError, action, commandOf, type CliHost, type ControlAccess, type ExitCode } from './command.ts';
import { findServer } from './server.ts';
import { pauseStream, resumeStream, type StreamOfAccount, type Unfit } from '../../core/hold-stream.ts';
import type { Server } from '../../domain/server.ts';
import type { StreamId } from '../../lib/ids.ts';

export const streamCommand = commandOf(
  {
    name: 'stream',
    summary: 'list streams, pause or resume one',
    help: [
      'usage: bulkhead stream list [<server>]',
      '       bulkhead stream pause <server> <stream> [--reason <text>]',
      '       bulkhead stream resume <server> <stream>',
      '',
      'A server is given by its number or name. Mail for a paused stream is accepted and kept; nothing of it is sent until',
      'it is resumed. A guard pauses a stream whose bounces or complaints would ruin the reputation of its addresses;',
      "`list` says why. After 'resume' the queue flows within a second, and the guard counts anew.",
    ].join('\n'),
  },
  {
    list: action({ words: 1 }, ({ control, host, words }) => list(control, host, words[0])),
    pause: action({ words: 2, options: { reason: { type: 'string' } } }, ({ control, host, words, values }) =>
      pause(control, host, { given: words, reason: values.reason }),
    ),
    resume: action({ words: 2 }, ({ control, host, words }) => resume(control, host, words)),
  },
);

async function list(control: ControlAccess, host: CliHost, which: string | undefined): Promise<ExitCode> {
  const own = await ownServers(control);
  const holds = await control.store.pools.holds();
  const servers =
    which === undefined
      ? [...(await control.store.servers(control.accountId)), ...own]
      : [await anyServer(control, which)];
  for (const server of servers) {
    for (const stream of await control.store.streams(server.id)) {
      const hold = holds.find(({ serverId, streamId }) => serverId === server.id && streamId === stream.id);
      const archived = stream.archivedAt === undefined ? '' : ', archived';
      const pool = stream.pool === undefined ? '' : `, pool ${stream.pool}`;
      host.out(`${server.id}  ${server.name} / ${stream.id}: ${stream.kind}${pool}${archived}`);
      if (hold === undefined) continue;
      host.out(`     PAUSED by ${BY[hold.by]} ${new Date(hold.at).toISOString()}: ${hold.reason}`);
    }
  }
  return 0;
}

const BY = { guard: 'its guard', operator: 'the operator' } as const;

interface PauseWords {
  readonly given: readonly string[];
  readonly reason: string | undefined;
}

async function pause(control: ControlAccess, host: CliHost, { given, reason }: PauseWords): Promise<ExitCode> {
  const { server, of } = await streamGiven(control, given);
  const result = await pauseStream(control, of, reason?.trim() || 'paused on the command line');
  if (result.kind !== 'held') return refused(host, server, of, result);
  const name = nameOf(server, of);
  host.out(
    result.already
      ? `${name} is paused already, by ${BY[result.hold.by]}: ${result.hold.reason}`
      : `${name} is paused: its mail is accepted and kept. 'bulkhead stream resume ${server.id} ${of.streamId}' lets it flow`,
  );
  return 0;
}

async function resume(control: ControlAccess, host: CliHost, given: readonly string[]): Promise<ExitCode> {
  const { server, of } = await streamGiven(control, given);
  const result = await resumeStream(control, of);
  if (result.kind === 'not-held') {
    host.err(`${nameOf(server, of)} is not paused`);
    return 1;
  }
  if (result.kind !== 'resumed') return refused(host, server, of, result);
  host.out(
    `${nameOf(server, of)} is resumed: a running server sends its queue from within a second on, and its guard counts anew`,
  );
  return 0;
}

async function streamGiven(
  control: ControlAccess,
  [which, streamId]: readonly string[],
): Promise<{ readonly server: Server; readonly of: StreamOfAccount }> {
  if (which === undefined || streamId === undefined) throw new UsageError('a server and a stream are needed');
  const server = await anyServer(control, which);
  return { server, of: { accountId: server.accountId, serverId: server.id, streamId: streamId as StreamId } };
}

/** Those of the account, and the one that the installation itself sends through. */
async function anyServer(control: ControlAccess, which: string): Promise<Server> {
  const own = (await ownServers(control)).find(({ id, name }) => String(id) === which || name === which);
  return own ?? findServer(control, which);
}

async function ownServers({ store }: ControlAccess): Promise<readonly Server[]> {
  return store.servers(await store.ownAccount());
}

function nameOf(server: Server, { streamId }: StreamOfAccount): string {
  return `the stream '${streamId}' of server ${server.id} (${server.name})`;
}

function refused(host: CliHost, server: Server, of: StreamOfAccount, { kind }: Unfit): ExitCode {
  const why = kind === 'inbound' ? 'is an inbound stream and sends nothing' : 'does not exist';
  host.err(`${nameOf(server, of)} ${why}`);
  return 1;
}
