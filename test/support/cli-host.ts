// The command line within the test: what a command prints and its exit code, over the parts that the test gives it.
import type { CliHost, ControlAccess, ExitCode } from '../../src/doors/cli/command.ts';
import { runCli } from '../../src/doors/cli/run-cli.ts';

export interface CliWorld {
  readonly baseUrl?: string;
  readonly control?: Partial<ControlAccess>;
}

export interface CliResult {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export async function runInTest(args: readonly string[], world: CliWorld = {}): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const none = (): never => {
    throw new Error('this command has no business here');
  };
  const { control } = world;
  const host: CliHost = {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    settings: [],
    baseUrl: world.baseUrl ?? 'http://127.0.0.1:1',
    hostname: 'mail.example.com',
    openControl: async () =>
      control === undefined ? none() : ({ close: async () => undefined, ...control } as ControlAccess),
    tls: none,
    start: none,
  };
  const code = await runCli(args, host);
  return { code, out: out.join('\n'), err: err.join('\n') };
}
