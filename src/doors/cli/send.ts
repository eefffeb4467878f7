// `bulkhead send`: a test message through the running server, as an application would send it.
import { parseArgs } from 'node:util';
import { reachServer } from './ask-server.ts';
import { UsageError, withControl, type CliHost, type Command, type ControlAccess, type ExitCode } from './command.ts';
import { findServer } from './server.ts';
import { issueServerToken } from '../../core/issue-token.ts';
import type { SendingDomain } from '../../domain/sender.ts';

export const sendCommand: Command = {
  name: 'send',
  summary: 'send a test message',
  help: [
    'usage: bulkhead send --to <address> [--from <address>] [--subject <text>] [--text <text>] [--stream <stream>]',
    '                     [--token <server token>] [--server <id or name>]',
    '',
    'Sends over the HTTP API of the running server. Without --token it makes a server token for this one message (of the',
    'first server, or of --server) and revokes it again. From is test@<first verified domain> unless it is given.',
  ].join('\n'),
  async run(args, host) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        to: { type: 'string' },
        from: { type: 'string' },
        subject: { type: 'string' },
        text: { type: 'string' },
        stream: { type: 'string' },
        token: { type: 'string' },
        server: { type: 'string' },
      },
    });
    if (values.to === undefined) throw new UsageError('--to is needed');
    const given = { to: values.to, ...values };
    if (values.token !== undefined && values.from !== undefined)
      return post(host, { ...given, from: values.from, token: values.token });
    return withControl(host, async (control) => {
      const from = values.from ?? `test@${(await firstVerified(control))?.name ?? ''}`;
      if (from === 'test@')
        throw new Error(
          "there is no verified domain to send from; 'bulkhead domain add' or 'trust' one, or give --from",
        );
      if (values.token !== undefined) return post(host, { ...given, from, token: values.token });
      const server =
        values.server === undefined
          ? (await control.store.servers(control.accountId))[0]
          : await findServer(control, values.server);
      if (server === undefined) throw new Error('there is no server to send through');
      const issued = await issueServerToken(control, { accountId: control.accountId, serverId: server.id });
      try {
        return await post(host, { ...given, from, token: issued.token });
      } finally {
        await control.store.revokeToken(issued.record.id, control.clock.now());
      }
    });
  },
};

/** Those that may send come first. */
async function firstVerified({ store, accountId }: ControlAccess): Promise<SendingDomain | undefined> {
  const [first] = (await store.senders.domains(accountId, { count: 1, offset: 0 })).items;
  return first?.proof === undefined ? undefined : first;
}

interface TestMessage {
  readonly to: string;
  readonly from: string;
  readonly token: string;
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
  readonly stream?: string | undefined;
}

async function post(host: CliHost, message: TestMessage): Promise<ExitCode> {
  const answer = await reachServer(host, '/email', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-postmark-server-token': message.token },
    body: JSON.stringify({
      From: message.from,
      To: message.to,
      Subject: message.subject ?? `A test message from ${host.hostname}`,
      TextBody: message.text ?? 'It works: this message was sent by `bulkhead send`.',
      MessageStream: message.stream,
    }),
  });
  const result = (await answer.json()) as { ErrorCode: number; Message: string; MessageID?: string };
  if (answer.status !== 200) {
    host.err(`refused (${answer.status}, ErrorCode ${result.ErrorCode}): ${result.Message}`);
    return 1;
  }
  host.out(`${result.Message}: ${message.from} -> ${message.to}, MessageID ${result.MessageID ?? ''}`);
  return 0;
}
