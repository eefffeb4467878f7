// A signed zone at a real Knot and a real unbound that validates it: what a resolver says of DNSSEC, with nothing made up.
// On loopback ports of their own; unbound cannot send a packet anywhere else.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDnsClient } from '../../src/backends/net/dns-client.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { eventually } from './installation.ts';
import { freePort } from './real-programs.ts';

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

export interface SignedDns {
  /** Of unbound: `127.0.0.1:port`. */
  readonly resolver: string;
  stop(): Promise<void>;
}

export interface SignedZones {
  /** Lines of the zone `test.`, which is signed. */
  readonly signed: readonly string[];
  /** Zones below it that are delegated without proof, and not signed. */
  readonly unsigned?: Readonly<Record<string, readonly string[]>>;
  /** Zones below it that the parent calls signed by a key that does not exist: whatever they say is bogus. */
  readonly bogus?: Readonly<Record<string, readonly string[]>>;
}

export async function startSignedDns({ signed, unsigned = {}, bogus = {} }: SignedZones): Promise<SignedDns> {
  const folder = mkdtempSync(join(tmpdir(), 'signed-dns-'));
  const [knotPort, unboundPort] = [await freePort(), await freePort()];
  const below = [...Object.keys(unsigned), ...Object.keys(bogus)];
  const delegations = below.map((name) => `${name} NS ns.test.`);
  const lies = Object.keys(bogus).map((name) => `${name} DS 12345 13 2 ${'ab'.repeat(32)}`);
  writeZone(folder, 'test.', [...delegations, ...lies, ...signed]);
  for (const [name, lines] of Object.entries({ ...unsigned, ...bogus })) writeZone(folder, name, lines);
  writeFileSync(join(folder, 'knot.conf'), knotConf(folder, knotPort, below));
  const running: ChildProcess[] = [];
  try {
    running.push(await start('knotd', ['-c', join(folder, 'knot.conf')], knotPort));
    const keys = execFileSync('keymgr', ['-c', join(folder, 'knot.conf'), 'test.', 'ds'], {
      env: { ...process.env, PATH },
      encoding: 'utf8',
    });
    writeFileSync(join(folder, 'unbound.conf'), unboundConf({ folder, port: unboundPort, knotPort, below, keys }));
    running.push(await start('unbound', ['-d', '-c', join(folder, 'unbound.conf')], unboundPort));
  } catch (error) {
    await stop(folder, running);
    throw error;
  }
  return { resolver: `127.0.0.1:${unboundPort}`, stop: () => stop(folder, running) };
}

/** Waits until it answers for `test.` */
async function start(program: string, args: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(program, [...args], { env: { ...process.env, PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.once('error', (error) => (complaints += error.message));
  const servers = [{ host: '127.0.0.1', port }];
  const client = createDnsClient({ servers, timeoutMs: 1000, trustsServers: true, clock: systemClock });
  await eventually(`${program} to answer`, async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${complaints}`);
    const reply = await client.ask('test', 'SOA');
    return reply.kind === 'reply' && reply.rcode === 0 && reply.answers.length > 1 ? true : undefined;
  });
  return child;
}

async function stop(folder: string, running: readonly ChildProcess[]): Promise<void> {
  for (const child of running) {
    if (child.exitCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
}

function writeZone(folder: string, name: string, lines: readonly string[]): void {
  const origin = name === 'test.' ? name : `${name}.test.`;
  const head = [`$ORIGIN ${origin}`, '$TTL 60', '@ SOA ns.test. admin.test. 1 60 60 600 1', '@ NS ns.test.'];
  const address = name === 'test.' ? ['ns A 127.0.0.1'] : [];
  writeFileSync(join(folder, `${origin}zone`), `${[...head, ...address, ...lines].join('\n')}\n`);
}

function knotConf(folder: string, port: number, below: readonly string[]): string {
  const zone = (name: string, more: string): string =>
    `  - domain: ${name}\n    file: ${join(folder, `${name}zone`)}\n    zonefile-load: whole\n    zonefile-sync: -1\n    journal-content: none\n${more}`;
  return [
    `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1`,
    `database:\n  storage: ${folder}`,
    `log:\n  - target: stderr\n    any: warning`,
    `policy:\n  - id: one-key\n    algorithm: ecdsap256sha256\n    single-type-signing: on`,
    `zone:`,
    zone('test.', '    dnssec-signing: on\n    dnssec-policy: one-key\n'),
    ...below.map((name) => zone(`${name}.test.`, '')),
  ].join('\n');
}

interface UnboundTerms {
  readonly folder: string;
  readonly port: number;
  readonly knotPort: number;
  readonly below: readonly string[];
  /** DS records, one a line. */
  readonly keys: string;
}

function unboundConf({ folder, port, knotPort, below, keys }: UnboundTerms): string {
  const anchors = keys
    .trim()
    .split('\n')
    .filter((line) => / 13 2 /.test(line));
  return [
    'server:',
    `  interface: 127.0.0.1@${port}`,
    '  outgoing-interface: 127.0.0.1',
    '  do-not-query-localhost: no',
    '  do-ip6: no',
    '  num-threads: 1',
    '  chroot: ""',
    '  username: ""',
    `  directory: "${folder}"`,
    `  pidfile: "${join(folder, 'unbound.pid')}"`,
    '  use-syslog: no',
    '  module-config: "validator iterator"',
    '  trust-anchor-signaling: no',
    // Unbound keeps this top-level domain to itself otherwise (RFC 6761).
    '  local-zone: "test." nodefault',
    ...anchors.map((line) => `  trust-anchor: "${line.replace(/^(\S+) DS/, '$1 IN DS')}"`),
    'remote-control:\n  control-enable: no',
    ...['test.', ...below.map((name) => `${name}.test.`)].map(
      (name) => `stub-zone:\n  name: "${name}"\n  stub-addr: 127.0.0.1@${knotPort}`,
    ),
    '',
  ].join('\n');
}
