// What a command of the command line is, and what it is given to work with. A command that has actions (`bulkhead pool
// create …`) is made of them: an action says which words and options it takes, and what it does not take is refused.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Authenticator } from '../../core/authenticate.ts';
import type { AddressTools } from '../../core/manage-addresses.ts';
import type { DomainDeps } from '../../core/manage-domains.ts';
import type { VerifyDeps } from '../../core/verify-domain.ts';
import type { ServerRules } from '../../core/manage-servers.ts';
import type { AccountId, LaneId } from '../../lib/ids.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { TlsShown } from '../../ports/tls-desk.ts';

/** 0 done, 1 it did not work, 2 the command or the configuration is wrong. */
export type ExitCode = 0 | 1 | 2;

/** The control data of this installation, opened beside the running server. */
export interface ControlAccess extends AddressTools, Pick<DomainDeps, 'rules' | 'generateKey'> {
  readonly store: ControlStore;
  readonly accountId: AccountId;
  readonly hashToken: (token: string) => string;
  readonly authenticator: Authenticator;
  readonly resolver: VerifyDeps['resolver'];
  readonly servers: ServerRules;
  readonly clock: Clock;
  /** Runs the work while no lane of the pool runs, here or elsewhere, and keeps it from starting; false where one does. */
  readonly whileIdle: (pool: LaneId, work: () => Promise<void>) => Promise<boolean>;
  close(): Promise<void>;
}

export interface ShownSetting {
  readonly name: string;
  readonly value: string;
  readonly source: string;
  readonly unit: string;
  readonly help: string;
}

export interface CliHost {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly settings: readonly ShownSetting[];
  /** Where the HTTP API of this installation listens, e.g. `http://127.0.0.1:8025`. */
  readonly baseUrl: string;
  readonly hostname: string;
  /** Rejects with `NotSetUp` where no first start has been. */
  openControl(): Promise<ControlAccess>;
  /** What is known of TLS to other servers; of one domain where it is given. Rejects with `NotSetUp` likewise. */
  tls(domain: string | undefined): Promise<TlsShown>;
  /** Runs the server until it is told to stop. */
  start(): Promise<ExitCode>;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  run(args: readonly string[], host: CliHost): Promise<ExitCode>;
}

/** The command line is not understood: said in one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** There is no data folder of a started installation. */
export class NotSetUp extends Error {
  override readonly name = 'NotSetUp';
}

type Options = NonNullable<ParseArgsConfig['options']>;

interface Takes<O extends Options> {
  /** Words beside the options, at most; none without it. */
  readonly words?: number;
  readonly options?: O;
}

/** What an action is given: the installation, the person who asks, and what they said after its name. */
export interface Given<O extends Options> {
  readonly control: ControlAccess;
  readonly host: CliHost;
  readonly words: readonly string[];
  readonly values: ReturnType<typeof parseArgs<{ options: O }>>['values'];
}

export type Action = (args: readonly string[], host: CliHost) => Promise<ExitCode>;

export function action<const O extends Options = Record<never, never>>(
  { words: most = 0, options }: Takes<O>,
  work: (given: Given<O>) => Promise<ExitCode>,
): Action {
  return async (args, host) => {
    const read = parseArgs({ args: [...args], allowPositionals: true, options: options ?? ({} as O) });
    const { positionals: words, values } = read;
    if (words.length > most) throw new UsageError(`'${words[most]}' is one word too many; quote what has spaces`);
    return withControl(host, (control) => work({ control, host, words, values }));
  };
}

/** `actions` by the word that chooses them. */
export function commandOf(about: Omit<Command, 'run'>, actions: Readonly<Record<string, Action>>): Command {
  return {
    ...about,
    async run([word = '', ...rest], host) {
      const chosen = Object.hasOwn(actions, word) ? actions[word] : undefined;
      if (chosen === undefined) throw new UsageError(`say ${anyOf(Object.keys(actions))}`);
      return chosen(rest, host);
    },
  };
}

/** `'list', 'create' or 'show'`. */
function anyOf(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  return [quoted.slice(0, -1).join(', '), ...quoted.slice(-1)].join(' or ');
}

export async function withControl<T>(host: CliHost, work: (control: ControlAccess) => Promise<T>): Promise<T> {
  const control = await host.openControl();
  try {
    return await work(control);
  } finally {
    await control.close();
  }
}
