// The entry: reads the configuration, then runs the command. `start` is the server; all else works beside it.
import { existsSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { addressTools } from './address-tools.ts';
import { startBulkhead } from './compose.ts';
import { readConfig, type Config, type ConfigLine } from './config.ts';
import { controlFile, logFile, tlsFile } from './files.ts';
import { greeting } from './greeting.ts';
import { openControl } from './open-control.ts';
import { senderTools } from './sender-tools.ts';
import { serverTools } from './server-tools.ts';
import { AlreadyOwned, ownFile } from '../backends/sqlite/owner-lock.ts';
import { openTlsStore } from '../backends/sqlite/tls-store.ts';
import { showTls } from '../core/show-tls.ts';
import { NotSetUp, type CliHost, type ControlAccess, type ExitCode } from '../doors/cli/command.ts';
import { needsNoConfig, runCli } from '../doors/cli/run-cli.ts';
import { systemClock } from '../lib/clock.ts';
import type { TlsShown } from '../ports/tls-desk.ts';

const GRACE_MS = 10_000;

// `bulkhead config | head`: who reads us may go first, which is no trouble of ours.
for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<ExitCode> {
  const read = readConfig();
  if ('problems' in read) {
    if (needsNoConfig(args)) return runCli(args, bareHost());
    for (const problem of read.problems) err(`bulkhead: ${problem}`);
    return 2;
  }
  return runCli(args, hostFor(read.config, read.lines));
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function out(line: string): void {
  process.stdout.write(`${line}\n`);
}

function err(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** For words that need no configuration: help, and commands that do not exist. */
function bareHost(): CliHost {
  const unreachable = (): never => {
    throw new NotSetUp('the configuration is not valid');
  };
  return {
    out,
    err,
    settings: [],
    baseUrl: '',
    hostname: '',
    openControl: unreachable,
    tls: unreachable,
    start: unreachable,
  };
}

function hostFor(config: Config, lines: readonly ConfigLine[]): CliHost {
  const host = ['0.0.0.0', '::'].includes(config.http.host) ? '127.0.0.1' : config.http.host;
  return {
    out,
    err,
    settings: lines,
    baseUrl: `http://${host.includes(':') ? `[${host}]` : host}:${config.http.port}`,
    hostname: config.hostname,
    openControl: () => openAccess(config),
    tls: async (domain) => knownTls(config, domain),
    start: () => runServer(config),
  };
}

async function openAccess(config: Config): Promise<ControlAccess> {
  if (!existsSync(controlFile(config.data))) {
    throw new NotSetUp(`there is no installation in '${config.data}' yet: start the server once, or set BULKHEAD_DATA`);
  }
  const { store, hashToken, authenticator } = await openControl(config);
  const accountId = await store.firstAccount();
  if (accountId === undefined) throw new NotSetUp('the first start is not finished: start the server once');
  return {
    store,
    accountId,
    hashToken,
    authenticator,
    servers: serverTools({ config, hashToken, http: () => [], clock: systemClock }),
    clock: systemClock,
    ...senderTools(config, systemClock),
    ...addressTools(config, systemClock),
    whileIdle: (pool, work) => whileIdle(logFile(config.data, { id: pool }), work),
    close: () => store.close(),
  };
}

/** A lane's file has one owner: whoever has it, or finds it without one, knows that nothing leaves meanwhile. */
async function whileIdle(laneFile: string, work: () => Promise<void>): Promise<boolean> {
  let disown: () => void;
  try {
    disown = ownFile(laneFile, 0);
  } catch (error) {
    if (error instanceof AlreadyOwned) return false;
    throw error;
  }
  try {
    await work();
    return true;
  } finally {
    disown();
  }
}

function knownTls(config: Config, domain: string | undefined): TlsShown {
  if (!existsSync(tlsFile(config.data))) throw new NotSetUp(`there is no installation in '${config.data}' yet`);
  const store = openTlsStore({ file: tlsFile(config.data) });
  try {
    return showTls(store, domain, systemClock.now());
  } finally {
    store.close();
  }
}

async function runServer(config: Config): Promise<ExitCode> {
  const stopped = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.resolve(signal));
  let running;
  try {
    running = await startBulkhead(config);
  } catch (error) {
    err(`bulkhead: cannot start: ${explained(error, config)}`);
    process.exit(1);
  }
  // Written now and not at the end, which may be a kill: a start that has to translate for itself keeps the translator, 16 MB.
  flushCompileCache();
  const sender = `test@${config.trustedDomains[0] ?? config.hostname}`;
  for (const line of greeting(await running.facts(), running.setUp, sender)) out(line);
  const signal = await stopped.promise;
  out(`Bulkhead got ${signal}: finishing what is in flight.`);
  await running.stop(GRACE_MS);
  return 0;
}

function explained(error: unknown, { data }: Config): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `${message}: another program listens there (BULKHEAD_HTTP, BULKHEAD_SMTP, BULKHEAD_SMTP_BROADCAST and BULKHEAD_MX choose the addresses)`;
  if (code === 'ENOSPC' || /^SQLITE_(FULL|IOERR)/.test(code ?? ''))
    return `${message}: the data folder '${data}' cannot be written; is its disk full?`;
  if (code === 'EACCES') return `${message}: this user may not do that`;
  return message;
}
