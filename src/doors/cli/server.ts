// `bulkhead server`: list and create servers, and change the settings that have no console yet.
import {
  UsageError,
  action,
  commandOf,
  type CliHost,
  type ControlAccess,
  type ExitCode,
  type Given,
} from './command.ts';
import { issueServerToken } from '../../core/issue-token.ts';
import {
  DEFAULT_SERVER_SETTINGS,
  TRACK_LINKS,
  type Server,
  type ServerSettings,
  type TrackLinks,
} from '../../domain/server.ts';

const SET = {
  smtp: { type: 'string' },
  'smtp-refusals': { type: 'string' },
  'track-opens': { type: 'string' },
  'track-links': { type: 'string' },
} as const;

export const serverCommand = commandOf(
  {
    name: 'server',
    summary: 'list or create servers, change their settings',
    help: [
      'usage: bulkhead server list',
      '       bulkhead server create <name> [--sandbox]',
      '       bulkhead server set <id or name> [--smtp on|off] [--smtp-refusals Dialogue|Bounce]',
      '                                        [--track-opens on|off] [--track-links None|HtmlAndText|HtmlOnly|TextOnly]',
      '',
      'A sandbox server accepts mail and shows it as delivered, but nothing leaves; what it is at creation it stays.',
      '--smtp-refusals: Dialogue answers 5xx after DATA; Bounce accepts and records an SMTPApiError, as Postmark does.',
    ].join('\n'),
  },
  {
    list: action({}, async ({ control, host }) => {
      for (const server of await control.store.servers(control.accountId)) host.out(await described(control, server));
      return 0;
    }),
    create: action({ words: 1, options: { sandbox: { type: 'boolean' } } }, ({ control, host, words, values }) =>
      create(control, host, { name: words[0]?.trim() ?? '', sandbox: values.sandbox === true }),
    ),
    set: action({ words: 1, options: SET }, async ({ control, host, words, values }) => {
      const server = await findServer(control, words[0] ?? '');
      const changed = await control.store.updateServer(server.id, readSettings(values));
      host.out(await described(control, changed ?? server));
      return 0;
    }),
  },
);

interface WantedServer {
  readonly name: string;
  readonly sandbox: boolean;
}

async function create(control: ControlAccess, host: CliHost, { name, sandbox }: WantedServer): Promise<ExitCode> {
  if (name === '') throw new UsageError("'create' needs a name");
  const settings: ServerSettings = { ...DEFAULT_SERVER_SETTINGS, deliveryType: sandbox ? 'Sandbox' : 'Live' };
  const server = await control.store.createServer(control.accountId, name, settings);
  const token = await issueServerToken(control, { accountId: control.accountId, serverId: server.id });
  host.out(await described(control, server));
  host.out(`server token: ${token.token}`);
  return 0;
}

/** By number or by name; the names of an account are unique. */
export async function findServer(control: ControlAccess, which: string): Promise<Server> {
  const servers = await control.store.servers(control.accountId);
  const found =
    servers.find((server) => server.name === which) ?? servers.find((server) => String(server.id) === which);
  if (found === undefined) throw new Error(`there is no server '${which}'; 'bulkhead server list' lists them`);
  return found;
}

async function described(control: ControlAccess, server: Server): Promise<string> {
  const { deliveryType, smtpApiActivated, smtpRefusals, trackOpens, trackLinks } = server.settings;
  const streams = (await control.store.streams(server.id)).map(
    (stream) => `${stream.id} (${stream.kind}${stream.archivedAt === undefined ? '' : ', archived'})`,
  );
  return [
    `${server.id}  ${server.name}: ${deliveryType}, SMTP ${smtpApiActivated ? 'on' : 'off'}, SMTP refusals ${smtpRefusals}, `,
    `track opens ${trackOpens ? 'on' : 'off'}, track links ${trackLinks}; streams ${streams.join(', ')}`,
  ].join('');
}

function readSettings(values: Given<typeof SET>['values']): Partial<ServerSettings> {
  if (Object.keys(values).length === 0) throw new UsageError("'set' needs a setting to change");
  return {
    ...(values.smtp === undefined ? {} : { smtpApiActivated: onOff('--smtp', values.smtp) }),
    ...(values['smtp-refusals'] === undefined
      ? {}
      : { smtpRefusals: oneOf('--smtp-refusals', values['smtp-refusals'], ['Dialogue', 'Bounce'] as const) }),
    ...(values['track-opens'] === undefined ? {} : { trackOpens: onOff('--track-opens', values['track-opens']) }),
    ...(values['track-links'] === undefined
      ? {}
      : { trackLinks: oneOf<TrackLinks>('--track-links', values['track-links'], TRACK_LINKS) }),
  };
}

function onOff(option: string, value: string): boolean {
  return oneOf(option, value, ['on', 'off'] as const) === 'on';
}

function oneOf<T extends string>(option: string, value: string, names: readonly T[]): T {
  const found = names.find((name) => name.toLowerCase() === value.toLowerCase());
  if (found === undefined) throw new UsageError(`${option} must be one of ${names.join(', ')}`);
  return found;
}
