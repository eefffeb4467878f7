// Bulkhead as an operator starts it (`bin/bulkhead start`), on a data folder of its own, delivering for real to the sink
// through the bench's DNS. SQLite on disk with full fsync is its default and is left alone; every setting given here is
// an address, a token or a name, none is a tuning knob.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { plainZone, startDns } from '../system/dns.ts';
import { cpuSeconds, isAlive, killTree, pssBytes } from '../system/process-tree.ts';
import type { Scope } from '../system/scope.ts';
import { freePort, waitGone, waitUntil } from '../system/wait.ts';
import type { Peer, PeerSetting } from './peer.ts';
import { THREAD_ENDED } from './thread-ender.ts';
import { TURNS_FOLDER } from './thread-turns.ts';

export interface Bulkhead extends Peer {
  /** Its data folder. */
  readonly data: string;
  /** From the start of the program to the first 200 of `GET /health`. */
  readonly healthyAfterMs: number;
  /** Starts again on the same data after `stop` or `kill`. */
  again(): Promise<Bulkhead>;
  /** DNS questions so far. */
  dnsQuestions(): number;
  /** Ends the thread of the broadcast lane at once, where `endsThreads` was asked for; the process stays. */
  endBroadcastThread(): Promise<boolean>;
}

export interface BulkheadSetting extends PeerSetting {
  /** In a session of its own, as a service is: then the kernel shares the cores between it and the bench as such. */
  readonly ownSession?: boolean;
  /** An address for each pool, which the machine's own then leaves. */
  readonly addresses?: Readonly<Record<'transactional' | 'broadcast', string>>;
  /** Loads `thread-ender.ts` into the server, which is not there otherwise. */
  readonly endsThreads?: boolean;
  /** A folder: loads `thread-turns.ts` into the server, which writes there. */
  readonly turnsFolder?: string | undefined;
}

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const HEALTH_DEADLINE_MS = 120_000;
const HEALTH_TIMEOUT_MS = 1000;
const STOP_DEADLINE_MS = 20_000;
const THREAD_DEADLINE_MS = 10_000;
const KEPT_OUTPUT = 4000;
/** The shape of tokens, which are kept out of results. */
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

export async function startBulkhead(scope: Scope, setting: BulkheadSetting): Promise<Bulkhead> {
  const dns = await startDns(scope, setting.zone ?? plainZone(setting.domains));
  const [http, smtp, broadcast] = [await freePort(), await freePort(), await freePort()];
  const token = randomUUID();
  const data = scope.folder('data');
  const environment = {
    ...preloads(setting),
    BULKHEAD_DATA: data,
    BULKHEAD_HTTP: `127.0.0.1:${http}`,
    BULKHEAD_SMTP: `127.0.0.1:${smtp}`,
    BULKHEAD_SMTP_BROADCAST: `127.0.0.1:${broadcast}`,
    BULKHEAD_MX: '127.0.0.1:0',
    BULKHEAD_HOSTNAME: 'mx.sender.test',
    BULKHEAD_DELIVERY: 'direct',
    BULKHEAD_DNS: `127.0.0.1:${dns.port}`,
    BULKHEAD_MX_PORT: String(setting.sinkPort),
    BULKHEAD_ALLOW_NETWORKS: '127.0.0.0/8',
    BULKHEAD_ADDRESS_CHECKS: 'bound',
    BULKHEAD_ACCOUNT_TOKEN: randomUUID(),
    BULKHEAD_SERVER_TOKEN: token,
    BULKHEAD_TRUSTED_DOMAINS: 'sender.test',
    BULKHEAD_LOG: 'warn',
  };
  const fixed = {
    data,
    smtpPort: smtp,
    broadcastPort: broadcast,
    auth: token,
    http: { port: http, token },
    dnsQuestions: () => dns.asked(),
    ownSession: setting.ownSession === true,
  };
  const peer = await launch(scope, environment, fixed);
  for (const [pool, ip] of Object.entries(setting.addresses ?? {})) await addAddress(environment, pool, ip);
  return peer;
}

/** They reach every program that `bin/bulkhead` runs, so `node` must be one that reads TypeScript. */
function preloads({ endsThreads, turnsFolder }: BulkheadSetting): Record<string, string> {
  const scripts = [
    ...(endsThreads === true ? ['./thread-ender.ts'] : []),
    ...(turnsFolder === undefined ? [] : ['./thread-turns.ts']),
  ];
  if (scripts.length === 0) return {};
  const imports = scripts.map((script) => `--import=${new URL(script, import.meta.url).href}`);
  return {
    NODE_OPTIONS: [...imports, '--disable-warning=ExperimentalWarning'].join(' '),
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
    ...(turnsFolder === undefined ? {} : { [TURNS_FOLDER]: turnsFolder }),
  };
}

/** Beside the running server, as an operator does it. */
async function addAddress(environment: Record<string, string>, pool: string, ip: string): Promise<void> {
  const args = [join(CHECKOUT, 'bin/bulkhead'), 'address', 'add', ip, '--pool', pool];
  await promisify(execFile)('sh', args, { env: { ...cleanEnvironment(), ...environment } });
}

type Fixed = Pick<Bulkhead, 'data' | 'smtpPort' | 'broadcastPort' | 'auth' | 'http' | 'dnsQuestions'> & {
  readonly ownSession: boolean;
};

async function launch(scope: Scope, environment: Record<string, string>, fixed: Fixed): Promise<Bulkhead> {
  const started = performance.now();
  // `bin/bulkhead` becomes the server itself (exec), so the process id stays the one that is started here.
  const child = spawn('sh', [join(CHECKOUT, 'bin/bulkhead'), 'start'], {
    env: { ...cleanEnvironment(), ...environment },
    detached: fixed.ownSession,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  scope.owns(pid);
  let said = '';
  let threadsEnded = 0;
  let ended = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes(THREAD_ENDED)) threadsEnded += 1;
      said = (said + text).slice(-KEPT_OUTPUT);
    });
  }
  child.on('exit', () => {
    ended = true;
    scope.released(pid);
  });
  const url = `http://127.0.0.1:${fixed.http?.port}/health`;
  const healthy = await waitUntil(async () => ended || (await isHealthy(url)), HEALTH_DEADLINE_MS);
  if (ended || !healthy) throw new Error(`Bulkhead did not become healthy; it said:\n${said.replace(UUID, '(token)')}`);

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (signal === 'SIGTERM' && isAlive(pid)) {
      process.kill(pid, signal);
      await waitGone(pid, STOP_DEADLINE_MS);
    }
    if (isAlive(pid)) killTree(pid);
    await waitGone(pid, STOP_DEADLINE_MS);
  }
  return {
    ...fixed,
    name: 'bulkhead',
    version: version(),
    healthyAfterMs: performance.now() - started,
    cpuSeconds: () => cpuSeconds([pid]),
    pssBytes: () => pssBytes([pid]),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    endBroadcastThread() {
      const before = threadsEnded;
      process.kill(pid, 'SIGUSR2');
      return waitUntil(() => threadsEnded > before, THREAD_DEADLINE_MS);
    },
    again: () => launch(scope, environment, fixed),
  };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) })).status === 200;
  } catch {
    return false;
  }
}

/** The caller's own BULKHEAD_ settings must not leak into the measurement. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BULKHEAD_')));
}

function version(): string {
  const { version: own } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string };
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: CHECKOUT, encoding: 'utf8' }).trim();
  return `${own} (${commit})`;
}
