// `bulkhead pool`: list, create and show pools, and attach streams and servers to them.
import { UsageError, action, commandOf, type CliHost, type ControlAccess, type ExitCode } from './command.ts';
import { findServer } from './server.ts';
import { table } from './table.ts';
import {
  ATTACHMENT_NOTE,
  attach,
  createPool,
  listPools,
  showPool,
  type PoolView,
  type Refused,
} from '../../core/manage-pools.ts';
import { SENDING_KINDS, type SendingKind } from '../../domain/stream.ts';
import type { StreamId } from '../../lib/ids.ts';

const JSON_OPTION = { json: { type: 'boolean' } } as const;

export const poolCommand = commandOf(
  {
    name: 'pool',
    summary: 'list, create or show pools of addresses, attach streams and servers to them',
    help: [
      'usage: bulkhead pool list [--json]',
      '       bulkhead pool create <name> --kind transactional|broadcast',
      '       bulkhead pool show <name> [--json]',
      '       bulkhead pool attach <name> --server <id or name> [--stream <stream>]',
      '',
      'A pool has addresses of its own, a lane of its own (queue, thread, connections), and mail of one kind. A pool without',
      "an address that can be used keeps its mail waiting; it never leaves through another pool. 'bulkhead address add' gives",
      'it addresses. `attach` without --stream takes all streams of the server that are of the kind, and later ones.',
      ATTACHMENT_NOTE,
    ].join('\n'),
  },
  {
    list: action({ options: JSON_OPTION }, ({ control, host, values }) => list(control, host, values.json === true)),
    create: action({ words: 1, options: { kind: { type: 'string' } } }, ({ control, host, words, values }) =>
      create(control, host, named(words), readKind(values.kind)),
    ),
    show: action({ words: 1, options: JSON_OPTION }, ({ control, host, words, values }) =>
      show(control, host, named(words), values.json === true),
    ),
    attach: action(
      { words: 1, options: { server: { type: 'string' }, stream: { type: 'string' } } },
      ({ control, host, words, values }) => attachTo(control, host, { ...values, pool: named(words) }),
    ),
  },
);

function named([name]: readonly string[]): string {
  if (name === undefined) throw new UsageError('the name of one pool is needed');
  return name;
}

function readKind(text: string | undefined): SendingKind {
  const kind = SENDING_KINDS.find((each) => each === text?.toLowerCase());
  if (kind === undefined) throw new UsageError(`--kind must be one of ${SENDING_KINDS.join(', ')}`);
  return kind;
}

async function list(control: ControlAccess, host: CliHost, asJson: boolean): Promise<ExitCode> {
  const views = await listPools(control);
  if (asJson) host.out(JSON.stringify(views.map(plain), null, 2));
  else {
    const rows = views.map(({ pool, addresses, streams, remarks }) => [
      pool.id,
      pool.kind,
      addresses.map(shortAddress).join(', ') || 'none',
      String(streams.length),
      remarks.join('; '),
    ]);
    for (const line of table(['POOL', 'KIND', 'ADDRESSES', 'STREAMS', ''], rows)) host.out(line);
  }
  return 0;
}

function shortAddress({ ip, state, proof }: PoolView['addresses'][number]): string {
  const words = [
    ...(state === 'leaving' ? ['leaving'] : []),
    ...(proof?.verdict === 'quarantined' ? ['quarantined'] : []),
  ];
  return words.length === 0 ? ip : `${ip} (${words.join(', ')})`;
}

async function create(control: ControlAccess, host: CliHost, id: string, kind: SendingKind): Promise<ExitCode> {
  const made = await createPool(control, { id, kind });
  if (made.kind === 'refused') return fail(host, made);
  host.out(`pool '${made.pool.id}' for ${made.pool.kind} mail is there; a running server starts its lane at once`);
  host.out(
    `next: bulkhead address add <ip> --pool ${id} --ehlo <host name>, then bulkhead pool attach ${id} --server …`,
  );
  return 0;
}

async function show(control: ControlAccess, host: CliHost, id: string, asJson: boolean): Promise<ExitCode> {
  const view = await showPool(control, id);
  if ('kind' in view) return fail(host, view);
  if (asJson) {
    host.out(JSON.stringify(plain(view), null, 2));
    return 0;
  }
  host.out(`${view.pool.id}: ${view.pool.kind}`);
  for (const remark of view.remarks) host.out(`  note: ${remark}`);
  for (const address of view.addresses) {
    host.out(`  address ${shortAddress(address)}, EHLO ${address.ehlo ?? host.hostname}`);
  }
  for (const { server, streamId } of view.streams) host.out(`  stream '${streamId}' of server '${server.name}'`);
  return 0;
}

interface WantedAttachment {
  readonly pool: string;
  readonly server?: string | undefined;
  readonly stream?: string | undefined;
}

async function attachTo(control: ControlAccess, host: CliHost, wanted: WantedAttachment): Promise<ExitCode> {
  if (wanted.server === undefined) throw new UsageError("'attach' needs --server");
  const { id: serverId } = await findServer(control, wanted.server);
  const streamId = wanted.stream as StreamId | undefined;
  const done = await attach(control, { serverId, streamId, pool: wanted.pool });
  if (done.kind === 'refused') return fail(host, done);
  const { server, pool } = done;
  const what =
    streamId === undefined
      ? `all ${pool.kind} streams of server '${server.name}' (${done.streams.join(', ') || 'none yet'}), and those that it gets later,`
      : `the stream '${streamId}' of server '${server.name}'`;
  host.out(`${what} now ${streamId === undefined ? 'use' : 'uses'} the pool '${pool.id}'`);
  host.out(ATTACHMENT_NOTE);
  return 0;
}

export function fail(host: CliHost, { message }: Refused): ExitCode {
  host.err(message);
  return 1;
}

function plain({ pool, addresses, streams, remarks }: PoolView): object {
  const inPool = streams.map(({ server, streamId }) => ({ serverId: server.id, server: server.name, streamId }));
  return { ...pool, addresses, streams: inPool, remarks };
}
