// `bulkhead token`: list, create and revoke account, server and SMTP tokens.
import {
  UsageError,
  action,
  commandOf,
  type CliHost,
  type ControlAccess,
  type ExitCode,
  type Given,
} from './command.ts';
import { findServer } from './server.ts';
import { issueAccountToken, issueServerToken, issueSmtpToken } from '../../core/issue-token.ts';
import { judgeTokenLimits } from '../../core/judge-token-limits.ts';
import type { TokenRecord } from '../../domain/server.ts';
import type { ServerId, StreamId } from '../../lib/ids.ts';

const CREATE = {
  account: { type: 'boolean' },
  server: { type: 'string' },
  smtp: { type: 'boolean' },
  stream: { type: 'string' },
  streams: { type: 'string' },
  'from-domains': { type: 'string' },
  networks: { type: 'string' },
  expires: { type: 'string' },
} as const;

export const tokenCommand = commandOf(
  {
    name: 'token',
    summary: 'list, create or revoke tokens',
    help: [
      'usage: bulkhead token list',
      '       bulkhead token create --account',
      '       bulkhead token create --server <id or name> [--streams <list>] [--from-domains <list>] [--networks <list>]',
      '                                                   [--expires <time>]',
      '       bulkhead token create --smtp --server <id or name> --stream <stream>',
      '       bulkhead token revoke <number>',
      '',
      'A server token sends; an account token manages; an SMTP token is a pair of access key and secret key for one stream.',
      'A server token can be limited to streams, to domains that its messages are from, to networks that it is used from, and',
      'to a time; lists are separated by commas. To change a token without a gap, make another and revoke the old one later.',
      'The text of a token is printed once, when it is created. `list` shows its first characters and its number.',
    ].join('\n'),
  },
  {
    list: action({}, async ({ control, host }) => {
      for (const line of await listed(control)) host.out(line);
      return 0;
    }),
    create: action({ options: CREATE }, async ({ control, host, values }) => {
      for (const line of await created(control, values)) host.out(line);
      return 0;
    }),
    revoke: action({ words: 1 }, ({ control, host, words }) => revoke(control, host, Number(words[0]))),
  },
);

async function listed(control: ControlAccess): Promise<string[]> {
  const servers = new Map((await control.store.servers(control.accountId)).map((server) => [server.id, server.name]));
  const tokens = await control.store.tokens(control.accountId);
  return tokens.map((token) => {
    const of = token.serverId === undefined ? '' : ` of server '${servers.get(token.serverId) ?? token.serverId}'`;
    const stream = token.streamId === undefined ? '' : `, stream '${token.streamId}'`;
    const state = token.revokedAt === undefined ? '' : ` (revoked ${new Date(token.revokedAt).toISOString()})`;
    return `${token.id}  ${token.kind} token ${token.hint}…${of}${stream}, made ${new Date(token.createdAt).toISOString()}${usedIn(token)}${limitsOf(token)}${state}`;
  });
}

function usedIn({ lastUsedAt }: TokenRecord): string {
  return lastUsedAt === undefined ? '' : `, used ${new Date(lastUsedAt).toISOString()}`;
}

function limitsOf({ limits = {} }: TokenRecord): string {
  const { streams, fromDomains, networks, expiresAt } = limits;
  return [
    streams && `, only through ${streams.join(' ')}`,
    fromDomains && `, only from ${fromDomains.join(' ')}`,
    networks && `, only used in ${networks.join(' ')}`,
    expiresAt && `, until ${new Date(expiresAt).toISOString()}`,
  ]
    .filter((part) => part !== undefined)
    .join('');
}

async function created(control: ControlAccess, values: Given<typeof CREATE>['values']): Promise<string[]> {
  if (values.account === true) return [(await issueAccountToken(control, control.accountId)).token];
  if (values.server === undefined) throw new UsageError("'create' needs --account or --server");
  const server = await findServer(control, values.server);
  const owner = { accountId: control.accountId, serverId: server.id };
  const limits = await limitsIn(control, server.id, values);
  if (values.smtp !== true) return [(await issueServerToken(control, { ...owner, limits })).token];
  if (limits !== undefined) throw new UsageError('an SMTP token is bound to its stream and has no other limits');
  if (values.stream === undefined)
    throw new UsageError('an SMTP token needs --stream, the stream that it sends through');
  const stream = await control.store.stream(server.id, values.stream as StreamId);
  if (stream === undefined || stream.archivedAt !== undefined)
    throw new Error(`server '${server.name}' has no stream '${values.stream}'`);
  if (stream.kind === 'inbound') throw new Error('an inbound stream cannot send and has no SMTP tokens');
  const pair = await issueSmtpToken(control, { ...owner, streamId: stream.id });
  return [`access key (user name): ${pair.accessKey}`, `secret key (password):  ${pair.secretKey}`];
}

async function limitsIn({ store, clock }: ControlAccess, serverId: ServerId, values: Given<typeof CREATE>['values']) {
  const judged = judgeTokenLimits(
    {
      streams: listIn(values.streams),
      fromDomains: listIn(values['from-domains']),
      networks: listIn(values.networks),
      expiresAt: values.expires,
    },
    { now: clock.now(), streams: await store.streams(serverId) },
  );
  if (judged.kind === 'refused') throw new UsageError(judged.message);
  return judged.limits;
}

function listIn(text: string | undefined): readonly string[] | undefined {
  return text?.split(/[\s,]+/).filter((part) => part !== '');
}

async function revoke(control: ControlAccess, host: CliHost, id: number): Promise<ExitCode> {
  if (!Number.isInteger(id)) throw new UsageError("'revoke' needs the number of the token");
  if (await control.store.revokeToken(id, control.clock.now())) {
    host.out(`token ${id} is revoked`);
    return 0;
  }
  host.err(`there is no live token ${id}`);
  return 1;
}
