// OpenDKIM as Postfix's milter: in the foreground, on a Unix socket, with a fresh RSA-2048 key for sender.test.
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from '../system/scope.ts';
import { waitUntil } from '../system/wait.ts';

const START_DEADLINE_MS = 10_000;

export interface OpenDkim {
  readonly pid: number;
  /** As Postfix writes it. */
  readonly socket: string;
}

export async function startOpenDkim(scope: Scope, folder: string): Promise<OpenDkim> {
  const path = (name: string): string => join(folder, name);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(path('dkim.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(path('key.table'), `bench sender.test:bench:${path('dkim.pem')}\n`);
  writeFileSync(path('signing.table'), '*@sender.test bench\n');
  writeFileSync(path('trusted'), '127.0.0.0/8\n');
  writeFileSync(path('opendkim.conf'), configuration(path));
  const child = spawn('opendkim', ['-f', '-x', path('opendkim.conf')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const pid = child.pid ?? 0;
  scope.owns(pid);
  child.on('error', () => undefined);
  child.on('exit', () => scope.released(pid));
  if (!(await waitUntil(() => existsSync(path('milter.sock')), START_DEADLINE_MS))) {
    throw new Error('OpenDKIM did not open its socket');
  }
  return { pid, socket: `unix:${path('milter.sock')}` };
}

function configuration(path: (name: string) => string): string {
  return [
    'Mode s',
    'Canonicalization relaxed/relaxed',
    'SignatureAlgorithm rsa-sha256',
    'OversignHeaders From',
    `KeyTable file:${path('key.table')}`,
    `SigningTable refile:${path('signing.table')}`,
    `InternalHosts ${path('trusted')}`,
    `ExternalIgnoreList ${path('trusted')}`,
    `Socket local:${path('milter.sock')}`,
    `PidFile ${path('opendkim.pid')}`,
    'UMask 000',
    'RequireSafeKeys no',
    'Syslog no',
    '',
  ].join('\n');
}
