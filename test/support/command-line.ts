// The command line beside a delivery world's installation, with its DNS: what it prints and its exit code.
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { DeliveryWorld } from './delivery-world.ts';

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const DEADLINE_MS = 60_000;

export function commandLine(
  world: Pick<DeliveryWorld, 'dns'> & { readonly installation: Pick<DeliveryWorld['installation'], 'data' | 'http'> },
  env: Readonly<Record<string, string>> = {},
): (...args: readonly string[]) => Promise<CommandResult> {
  const { data, http } = world.installation;
  const all = {
    ...process.env,
    BULKHEAD_DATA: data,
    BULKHEAD_HTTP: http.replace('http://', ''),
    BULKHEAD_HOSTNAME: 'mail.bulkhead.test',
    BULKHEAD_DNS: world.dns.address,
    BULKHEAD_ADDRESS_CHECKS: 'bound',
    ...env,
  };
  const main = join(resolve(import.meta.dirname, '../..'), 'src/main/main.ts');
  return (...args) =>
    new Promise((done) => {
      const options = { env: all, cwd: data, timeout: DEADLINE_MS };
      const child = execFile(process.execPath, [main, ...args], options, (_error, out, err) =>
        done({ code: child.exitCode ?? -1, out, err }),
      );
    });
}
