// A Postfix of our own beside the machine's: own configuration, queue and data folders in a temporary place, loopback
// only, everything relayed to the sink; with OpenDKIM as milter where asked. Its durability is Postfix's normal one
// (each message fsynced before its 250). What is set otherwise than by default is set in its favour: no reverse DNS,
// no DNS at all on the way out, no inflow throttle, no slow start of concurrency, no log receiver, no chroot.
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSeconds, isAlive, killTree, processesOf, pssBytes } from '../system/process-tree.ts';
import type { Scope } from '../system/scope.ts';
import { freePort, waitGone, waitUntil } from '../system/wait.ts';
import { startOpenDkim } from './opendkim.ts';
import type { Peer, PeerSetting } from './peer.ts';

/** Where mail goes, and by which transport (see postfix-routes.ts). */
export interface PostfixRoutes {
  /** Lines of `transport_maps`. */
  readonly transports: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** Lines of master.cf beside, or instead of those for, the usual services. */
  readonly services: readonly string[];
  /** A resolv.conf that only this Postfix sees. */
  readonly resolvConf?: string;
}

export interface Postfix extends Peer {
  /** Kills (SIGKILL) the processes of a delivery transport; says how many. */
  killAgents(transport: string): number;
}

const STOP_DEADLINE_MS = 10_000;
const MASTER_DEADLINE_MS = 10_000;

export interface PostfixSetting extends PeerSetting {
  readonly dkim: boolean;
  /** Instead of relaying everything to `sinkPort`. */
  readonly routes?: PostfixRoutes;
}

export async function startPostfix(scope: Scope, setting: PostfixSetting): Promise<Postfix> {
  const folder = scope.folder('postfix');
  const smtpPort = await freePort();
  const dkim = setting.dkim ? await startOpenDkim(scope, folder) : undefined;
  const { routes } = setting;
  const config = writeConfiguration(folder, {
    settings: {
      ...mainSettings(folder, setting.sinkPort, dkim?.socket),
      ...(routes === undefined ? {} : { relayhost: '', transport_maps: `texthash:${transportFile(folder)}` }),
      ...routes?.settings,
    },
    services: servicesWith(smtpPort, routes?.services ?? []),
  });
  if (routes !== undefined) writeFileSync(transportFile(folder), `${routes.transports.join('\n')}\n`);
  start(folder, config, routes?.resolvConf);
  const master = await masterPid(folder);
  scope.owns(master);
  const roots = dkim === undefined ? [master] : [master, dkim.pid];

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (signal === 'SIGTERM') {
      process.kill(master, signal);
      await waitGone(master, STOP_DEADLINE_MS);
    }
    for (const pid of roots) if (isAlive(pid)) killTree(pid);
    for (const pid of roots) await waitGone(pid, STOP_DEADLINE_MS);
    for (const pid of roots) scope.released(pid);
  }
  return {
    name: setting.dkim ? 'postfix+opendkim' : 'postfix',
    version: execFileSync('postconf', ['-h', 'mail_version'], { encoding: 'utf8' }).trim(),
    smtpPort,
    broadcastPort: smtpPort,
    auth: undefined,
    http: undefined,
    cpuSeconds: () => cpuSeconds(roots),
    pssBytes: () => pssBytes(roots),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    killAgents: (transport) => killAgents(master, transport),
  };
}

/** A private resolv.conf needs a mount namespace of its own (mount_namespaces(7)); the machine's is not touched. */
function start(folder: string, config: string, resolvConf: string | undefined): void {
  const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'pipe'] };
  if (resolvConf === undefined) return void execFileSync('postfix', ['-c', config, 'start'], quiet);
  const file = join(folder, 'resolv.conf');
  writeFileSync(file, resolvConf);
  const script = 'mount --bind "$1" /etc/resolv.conf && exec postfix -c "$2" start';
  execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', file, config], quiet);
}

/** A service's own name is in its command (`-n bulk`) where it is not that of its program. */
function killAgents(master: number, transport: string): number {
  const agents = processesOf(master).filter(({ command }) => {
    if (command[0] !== 'smtp') return false;
    const named = command.indexOf('-n');
    return (named < 0 ? 'smtp' : command[named + 1]) === transport;
  });
  for (const { pid } of agents) process.kill(pid, 'SIGKILL');
  return agents.length;
}

function transportFile(folder: string): string {
  return join(folder, 'etc', 'transport');
}

async function masterPid(folder: string): Promise<number> {
  let pid = 0;
  const found = await waitUntil(() => {
    try {
      pid = Number(readFileSync(join(folder, 'queue/pid/master.pid'), 'utf8').trim());
    } catch {
      pid = 0;
    }
    return pid > 0 && isAlive(pid);
  }, MASTER_DEADLINE_MS);
  if (!found) throw new Error('Postfix did not start');
  return pid;
}

function mainSettings(folder: string, sinkPort: number, milter: string | undefined): Record<string, string> {
  return {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    command_directory: '/usr/sbin',
    daemon_directory: daemonFolder(),
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    myhostname: 'mx.sender.test',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    smtpd_peername_lookup: 'no',
    relayhost: `[127.0.0.1]:${sinkPort}`,
    smtp_dns_support_level: 'disabled',
    smtp_host_lookup: 'native',
    alias_maps: '',
    alias_database: '',
    local_recipient_maps: '',
    fast_flush_domains: '',
    in_flow_delay: '0',
    default_destination_concurrency_limit: '20',
    initial_destination_concurrency: '20',
    ...(milter === undefined ? {} : { smtpd_milters: milter, milter_default_action: 'tempfail' }),
  };
}

interface Configuration {
  readonly settings: Readonly<Record<string, string>>;
  readonly services: string;
}

function writeConfiguration(folder: string, { settings, services }: Configuration): string {
  const config = join(folder, 'etc');
  for (const name of ['etc', 'queue', 'data']) mkdirSync(join(folder, name));
  execFileSync('chown', ['postfix', join(folder, 'data')]);
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(join(config, 'main.cf'), `${lines.join('\n')}\n`);
  writeFileSync(join(config, 'master.cf'), services);
  return config;
}

/** Lines with a name and a type that are there already take their place. */
function servicesWith(smtpPort: number, more: readonly string[]): string {
  const key = (line: string): string => line.split(/\s+/, 2).join(' ');
  const replaced = new Set(more.map(key));
  return `${[...masterServices(smtpPort).filter((line) => !replaced.has(key(line))), ...more].join('\n')}\n`;
}

/** service, type, private, unprivileged, chroot, wake-up, process limit, command. */
function masterServices(smtpPort: number): string[] {
  return [
    `127.0.0.1:${smtpPort} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'smtp unix - - n - - smtp',
    'relay unix - - n - - smtp',
    'showq unix n - n - - showq',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'discard unix - - n - - discard',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
}

function daemonFolder(): string {
  return execFileSync('postconf', ['-h', 'daemon_directory'], { encoding: 'utf8' }).trim();
}
