// The command line: finds the command, answers --help, and turns what goes wrong into one line and an exit code.
import { NotSetUp, UsageError, type CliHost, type Command, type ExitCode } from './command.ts';
import { addressCommand } from './address.ts';
import { domainCommand } from './domain.ts';
import { lanesCommand } from './lanes.ts';
import { poolCommand } from './pool.ts';
import { sendCommand } from './send.ts';
import { serverCommand } from './server.ts';
import { configCommand, startCommand } from './start.ts';
import { statusCommand } from './status.ts';
import { streamCommand } from './stream.ts';
import { tlsCommand } from './tls.ts';
import { tokenCommand } from './token.ts';
import { whyCommand } from './why.ts';

const COMMANDS: readonly Command[] = [
  startCommand,
  statusCommand,
  configCommand,
  tokenCommand,
  domainCommand,
  serverCommand,
  poolCommand,
  addressCommand,
  streamCommand,
  tlsCommand,
  sendCommand,
  whyCommand,
  lanesCommand,
];

export async function runCli(args: readonly string[], host: CliHost): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    host.out(overview());
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) {
    host.err(`bulkhead: there is no command '${name}'; 'bulkhead --help' lists them`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    host.out(command.help);
    return 0;
  }
  try {
    return await command.run(rest, host);
  } catch (error) {
    return explain(error, command, host);
  }
}

/** Whether the words ask for help or for nothing known: answered without a valid configuration. */
export function needsNoConfig(args: readonly string[]): boolean {
  const [name] = args;
  return (
    args.includes('--help') ||
    args.includes('-h') ||
    name === undefined ||
    !COMMANDS.some((command) => command.name === name)
  );
}

function explain(error: unknown, command: Command, host: CliHost): ExitCode {
  if (!(error instanceof Error)) throw error;
  const isUsage =
    error instanceof UsageError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
  if (isUsage) {
    host.err(`bulkhead ${command.name}: ${error.message.split('\n')[0] ?? ''} (see 'bulkhead ${command.name} --help')`);
    return 2;
  }
  host.err(`bulkhead ${command.name}: ${error.message}`);
  return error instanceof NotSetUp ? 2 : 1;
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  return [
    'Bulkhead: email with lanes that cannot harm each other.',
    '',
    'usage: bulkhead <command> [options]',
    '',
    ...COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    "'bulkhead <command> --help' tells more. Exit codes: 0 done, 1 it did not work, 2 wrong usage or configuration.",
  ].join('\n');
}
