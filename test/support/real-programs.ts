// Real servers of Debian's packages for interop tests: a Postfix that receives, and a Knot that serves a zone. Each has its
// folder and ports, listens on loopback only, and leaves nothing behind.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './installation.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** False, or why the tests of a program are skipped; with CI set nothing is skipped, so a missing program fails. */
export function skipWithout(...programs: readonly string[]): string | false {
  if (process.env['CI'] !== undefined) return false;
  const missing = programs.filter(
    (program) => spawnSync('which', [program], { env: { ...process.env, PATH } }).status !== 0,
  );
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  return programs.includes('postfix') && process.getuid?.() !== 0 ? 'Postfix must be started by root' : false;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address !== null && typeof address === 'object' ? address.port : 0;
}

export interface RealPostfix {
  readonly port: number;
  /** Messages delivered to the mailbox `local`, as they lie in its maildir. */
  mails(local: string): string[];
  log(): string;
  stop(): void;
}

export interface PostfixOptions {
  /** Addresses that are sent on to others: they are taken, and what becomes of them is found out later. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Where mail to a domain goes, as `127.0.0.1:port`; without it nothing is relayed. */
  readonly routes?: Readonly<Record<string, string>>;
}

/** Takes mail for the mailboxes `local@domain`; everybody else is unknown (550 5.1.1). Offers STARTTLS and SMTPUTF8. */
export async function startPostfixMx(
  domain: string,
  mailboxes: readonly string[],
  { aliases = {}, routes = {} }: PostfixOptions = {},
): Promise<RealPostfix> {
  const folder = mkdtempSync(join(tmpdir(), 'postfix-mx-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  for (const name of ['etc', 'queue', 'data', 'mail']) mkdirSync(join(folder, name));
  execFileSync('chown', ['postfix', join(folder, 'data')]);
  const uid = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim();
  execFileSync('chown', ['nobody', join(folder, 'mail')]);
  writeFileSync(join(folder, 'cert.pem'), `${TEST_CERTIFICATE}\n`);
  writeFileSync(join(folder, 'key.pem'), `${TEST_KEY}\n`, { mode: 0o600 });
  const settings = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    maillog_file: join(folder, 'mail.log'),
    maillog_file_prefixes: folder,
    myhostname: `mx.${domain}`,
    mydestination: '',
    mynetworks: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    smtpd_peername_lookup: 'no',
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: join(folder, 'cert.pem'),
    smtpd_tls_key_file: join(folder, 'key.pem'),
    smtpd_tls_received_header: 'yes',
    smtputf8_enable: 'yes',
    alias_maps: '',
    alias_database: '',
    virtual_mailbox_domains: domain,
    virtual_mailbox_base: join(folder, 'mail'),
    virtual_mailbox_maps: `inline:{ ${mailboxes.map((name) => `{ ${name}@${domain} = ${name}/ }`).join(', ')} }`,
    virtual_alias_maps: inlineTable(Object.entries(aliases)),
    transport_maps: inlineTable(
      Object.entries(routes).map(([name, at]) => [name, `smtp:${at.replace(/^(.*):(\d+)$/, '[$1]:$2')}`] as const),
    ),
    virtual_uid_maps: `static:${uid}`,
    virtual_gid_maps: `static:${uid}`,
    virtual_minimum_uid: '1',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(join(folder, 'etc/main.cf'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'etc/master.cf'), masterServices(port));
  execFileSync('postfix', ['-c', join(folder, 'etc'), 'start'], { env: { ...process.env, PATH }, stdio: 'ignore' });
  const readLog = (): string =>
    existsSync(join(folder, 'mail.log')) ? readFileSync(join(folder, 'mail.log'), 'utf8') : '';
  return {
    port,
    mails(local) {
      const box = join(folder, 'mail', local, 'new');
      if (!existsSync(box)) return [];
      return readdirSync(box)
        .sort()
        .map((name) => readFileSync(join(box, name), 'latin1'));
    },
    log: readLog,
    stop() {
      spawnSync('postfix', ['-c', join(folder, 'etc'), 'stop'], { env: { ...process.env, PATH } });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function inlineTable(rows: readonly (readonly [key: string, value: string])[]): string {
  return rows.length === 0 ? '' : `inline:{ ${rows.map(([key, value]) => `{ ${key} = ${value} }`).join(', ')} }`;
}

/** service, type, private, unprivileged, chroot, wake-up, process limit, command. */
function masterServices(port: number): string {
  return [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'proxymap unix - - n - - proxymap',
    'smtp unix - - n - - smtp',
    'showq unix n - n - - showq',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'virtual unix - n n - - virtual',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
    '',
  ].join('\n');
}

export interface RealDns {
  /** `127.0.0.1:port`, as BULKHEAD_DNS wants it. */
  readonly server: string;
  /** Replaces the zone's records (below SOA and NS) and waits until they are served. */
  serve(records: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Knot, authoritative for `test.`: records are lines of a zone file relative to `test.`. */
export async function startKnot(records: readonly string[]): Promise<RealDns> {
  const folder = mkdtempSync(join(tmpdir(), 'knot-'));
  const port = await freePort();
  const zone = join(folder, 'test.zone');
  let serial = 1;
  const write = (lines: readonly string[]): void => {
    const head = [
      '$ORIGIN test.',
      '$TTL 1',
      `@ SOA ns.test. admin.test. ${serial} 60 60 60 1`,
      '@ NS ns.test.',
      'ns A 127.0.0.1',
    ];
    writeFileSync(zone, `${[...head, ...lines].join('\n')}\n`);
    serial += 1;
  };
  write(records);
  writeFileSync(
    join(folder, 'knot.conf'),
    [
      `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1`,
      `database:\n  storage: ${folder}`,
      `log:\n  - target: stderr\n    any: warning`,
      `zone:\n  - domain: test.\n    file: ${zone}\n    zonefile-load: whole\n    journal-content: none\n`,
    ].join('\n'),
  );
  const child = spawn('knotd', ['-c', join(folder, 'knot.conf')], {
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const served = async (wanted: number): Promise<void> => {
    await eventually(`knot to serve serial ${wanted}`, async () => {
      if (child.exitCode !== null) throw new Error(`knotd ended: ${complaints}`);
      const { Resolver } = await import('node:dns/promises');
      const resolver = new Resolver({ timeout: 500, tries: 1 });
      resolver.setServers([`127.0.0.1:${port}`]);
      const soa = await resolver.resolveSoa('test').catch(() => undefined);
      return soa?.serial === wanted ? true : undefined;
    });
  };
  await served(1);
  return {
    server: `127.0.0.1:${port}`,
    async serve(lines) {
      write(lines);
      child.kill('SIGHUP');
      await served(serial - 1);
    },
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
