// `bulkhead server`: list, make, show, change and delete servers. Rules and texts are those of the API.
import { UsageError, action, commandOf, type CliHost, type ControlAccess, type ExitCode } from './command.ts';
import {
  onOff,
  readSettings,
  SETTING_HELP,
  SETTING_OPTIONS,
  settingLines,
  type WantedSettings,
} from './server-settings.ts';
import { createServer, deleteServer, editServer, type ServerOrRefused } from '../../core/manage-servers.ts';
import type { Server } from '../../domain/server.ts';

const SET = { ...SETTING_OPTIONS, name: { type: 'string' } } as const;

export const serverCommand = commandOf(
  {
    name: 'server',
    summary: 'list, create, show, change or delete servers',
    help: [
      'usage: bulkhead server list [--name <part of a name>]',
      '       bulkhead server create <name> [--sandbox] [settings]',
      '       bulkhead server show <id or name> [--tokens]',
      '       bulkhead server set <id or name> [--name <new name>] [settings]',
      '       bulkhead server delete <id or name> --yes',
      '',
      'A sandbox server accepts mail and shows it as delivered, but nothing leaves; what it is at creation it stays.',
      'A server that is deleted takes no more mail, at once; what it has taken is still delivered.',
      '',
      ...SETTING_HELP,
    ].join('\n'),
  },
  {
    list: action({ options: { name: { type: 'string' } } }, async ({ control, host, values }) => {
      const part = values.name?.toLowerCase() ?? '';
      const servers = await control.store.servers(control.accountId);
      const found = servers.filter(({ name }) => name.toLowerCase().includes(part));
      for (const server of found) host.out(await described(control, server));
      return 0;
    }),
    create: action(
      { words: 1, options: { ...SETTING_OPTIONS, sandbox: { type: 'boolean' } } },
      ({ control, host, words, values }) =>
        create(control, host, {
          name: words[0]?.trim() ?? '',
          sandbox: values.sandbox === true,
          settings: readSettings(values),
        }),
    ),
    show: action({ words: 1, options: { tokens: { type: 'boolean' } } }, ({ control, host, words, values }) =>
      show(control, host, { which: words[0], tokens: values.tokens === true }),
    ),
    set: action({ words: 1, options: SET }, async ({ control, host, words, values }) => {
      if (Object.keys(values).length === 0) throw new UsageError("'set' needs a setting to change");
      const server = await findServer(control, words[0] ?? '');
      return change(control, host, server, { ...readSettings(values), name: values.name });
    }),
    delete: action({ words: 1, options: { yes: { type: 'boolean' } } }, async ({ control, host, words, values }) => {
      const server = await findServer(control, words[0] ?? '');
      return remove(control, host, { server, sure: values.yes === true });
    }),
  },
);

interface WantedServer {
  readonly name: string;
  readonly sandbox: boolean;
  readonly settings: WantedSettings;
}

async function create(control: ControlAccess, host: CliHost, wanted: WantedServer): Promise<ExitCode> {
  const { name, sandbox, settings } = wanted;
  if (name === '') throw new UsageError("'create' needs a name");
  const made = await createServer({ ...control, rules: control.servers }, control.accountId, {
    ...settings.given,
    name,
    deliveryType: sandbox ? 'Sandbox' : 'Live',
  });
  if (made.kind === 'refused') return refused(host, made);
  const server = (await control.store.updateServer(made.server.id, settings.own)) ?? made.server;
  host.out(await described(control, server));
  for (const token of await control.store.serverTokenTexts(server.id)) host.out(`server token: ${token}`);
  return 0;
}

interface Showing {
  readonly which: string | undefined;
  /** Their texts; without it how many there are. */
  readonly tokens: boolean;
}

async function show(control: ControlAccess, host: CliHost, { which = '', tokens }: Showing): Promise<ExitCode> {
  const server = await findServer(control, which);
  host.out(await described(control, server));
  for (const line of settingLines(server)) host.out(`  ${line}`);
  host.out(`  inbound address          ${server.settings.inboundHash}@${control.servers.inboundDomain}`);
  if (!tokens) return 0;
  for (const token of await control.store.serverTokenTexts(server.id)) host.out(`  server token             ${token}`);
  return 0;
}

async function change(
  control: ControlAccess,
  host: CliHost,
  server: Server,
  { given, own, name }: WantedSettings & { readonly name: string | undefined },
): Promise<ExitCode> {
  const wanted = { ...given, ...(name !== undefined && { name }) };
  const edited: ServerOrRefused =
    Object.keys(wanted).length === 0
      ? { kind: 'server', server }
      : await editServer({ ...control, rules: control.servers }, server, wanted);
  if (edited.kind === 'refused') return refused(host, edited);
  const changed = await control.store.updateServer(server.id, own);
  host.out(await described(control, changed ?? edited.server));
  return 0;
}

async function remove(
  control: ControlAccess,
  host: CliHost,
  { server, sure }: { readonly server: Server; readonly sure: boolean },
): Promise<ExitCode> {
  if (!sure) throw new UsageError(`say --yes to delete the server '${server.name}' with its tokens and streams`);
  // The setting is for the API; who has the command line has the machine.
  const rules = { ...control.servers, deletion: true };
  const done = await deleteServer({ ...control, rules }, server, control.clock.now());
  if (done.kind === 'refused') return refused(host, done);
  host.out(`server '${server.name}' is deleted: it takes no more mail, and what it has taken is still delivered`);
  return 0;
}

function refused(host: CliHost, { error }: { readonly error: { readonly message: string } }): ExitCode {
  host.err(error.message);
  return 1;
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
    `${server.id}  ${server.name}: ${deliveryType}, SMTP ${onOff(smtpApiActivated)}, SMTP refusals ${smtpRefusals}, `,
    `track opens ${onOff(trackOpens)}, track links ${trackLinks}; streams ${streams.join(', ')}`,
  ].join('');
}
