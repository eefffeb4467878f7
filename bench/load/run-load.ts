// Starts a load generator as a process of its own and gives its report; an unfinished run is an error that says why.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Scope } from '../system/scope.ts';
import type { HttpProbeReport } from './http-probe.ts';
import type { ProbeReport } from './probe.ts';
import type { LoadReport } from './smtp-load.ts';

export type LoadFlags = Readonly<Record<string, string | number | boolean | undefined>>;

export function runSmtpLoad(scope: Scope, flags: LoadFlags): Promise<LoadReport> {
  return runLoad(scope, './smtp-load.ts', flags);
}

export function runHttpLoad(scope: Scope, flags: LoadFlags): Promise<LoadReport> {
  return runLoad(scope, './http-load.ts', flags);
}

export function runProbe(scope: Scope, flags: LoadFlags): Promise<ProbeReport> {
  return runScript<ProbeReport>(scope, './probe.ts', flags).then(({ report }) => report);
}

export function runHttpProbe(scope: Scope, flags: LoadFlags): Promise<HttpProbeReport> {
  return runScript<HttpProbeReport>(scope, './http-probe.ts', flags).then(({ report }) => report);
}

async function runLoad(scope: Scope, script: string, flags: LoadFlags): Promise<LoadReport> {
  const { report, code } = await runScript<LoadReport>(scope, script, flags);
  if (code !== 0) {
    throw new Error(
      `the load did not go through: ${report.accepted} accepted, ${report.failed} failed: ${report.reasons.join(' | ')}`,
    );
  }
  return report;
}

async function runScript<Report>(
  scope: Scope,
  script: string,
  flags: LoadFlags,
): Promise<{ report: Report; code: number | null }> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [file, ...toArguments(flags)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // An instrument is the leader of its own session, so that it can be put before the others.
    detached: flags.precise === true,
  });
  const pid = child.pid ?? 0;
  scope.owns(pid);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  scope.released(pid);
  if (output === '') throw new Error(`the load generator ended with code ${code} and without a report`);
  return { report: JSON.parse(output) as Report, code };
}

function toArguments(flags: LoadFlags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}
