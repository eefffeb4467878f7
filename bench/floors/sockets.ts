// Socket floors: the generators straight into a far side that keeps nothing, so that what remains is moving the bytes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runHttpLoad, runSmtpLoad } from '../load/run-load.ts';
import type { LoadReport } from '../load/smtp-load.ts';
import { startSink } from '../sink/start-sink.ts';
import { cpuSeconds, pssBytes } from '../system/process-tree.ts';
import type { Scope } from '../system/scope.ts';
import { summarise } from '../load/latency.ts';
import type { Rate } from './rate.ts';

/** `cpuMicros` of these is the generator's and the far side's together. */
export interface SocketFloors {
  readonly smtpReused: Rate;
  readonly smtpEach: Rate;
  readonly httpSingle: Rate;
  readonly httpBatch: Rate;
  /** MAIL FROM to the sink's 250 without anything between, a new connection each, milliseconds. */
  readonly idleP50: number;
  readonly idleP99: number;
  /** A Node process that does next to nothing. */
  readonly nodePssBytes: number;
}

const BATCH = 500;

export async function socketFloors(scope: Scope, messages: number, idleMessages: number): Promise<SocketFloors> {
  const sink = await startSink(scope);
  const smtp = async (flags: { each?: boolean }): Promise<Rate> => {
    const before = (await sink.count()).cpuMicros;
    const report = await runSmtpLoad(scope, { port: sink.port, messages, ...flags });
    const cpu = (await sink.count()).cpuMicros - before;
    return { perSecond: report.perSecond, cpuMicros: report.cpuMicros + cpu / messages };
  };
  await smtp({});
  const smtpReused = await smtp({});
  const smtpEach = await smtp({ each: true });
  await sink.reset();
  const idle = await runSmtpLoad(scope, {
    port: sink.port,
    messages: idleMessages,
    sessions: 1,
    each: true,
    pause: 20,
    marks: true,
  });
  const arrivals = await sink.arrivals(0, idleMessages);
  const latency = summarise(Float64Array.from(arrivals, (at, index) => at - (idle.marks?.[index] ?? at)));
  return { smtpReused, smtpEach, ...(await httpFloors(scope, messages)), idleP50: latency.p50, idleP99: latency.p99 };
}

async function httpFloors(
  scope: Scope,
  messages: number,
): Promise<Pick<SocketFloors, 'httpSingle' | 'httpBatch' | 'nodePssBytes'>> {
  const script = fileURLToPath(new URL('../sink/http-null.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = child.pid ?? 0;
  scope.owns(pid);
  const [line] = (await once(child.stdout, 'data')) as [Uint8Array];
  const { port } = JSON.parse(new TextDecoder().decode(line)) as { port: number };
  const nodePssBytes = pssBytes([pid]);
  const http = async (flags: { batch?: number; connections?: number }): Promise<Rate> => {
    const before = cpuSeconds([pid]);
    const report: LoadReport = await runHttpLoad(scope, { port, messages, ...flags });
    const cpu = (cpuSeconds([pid]) - before) * 1e6;
    return { perSecond: report.perSecond, cpuMicros: report.cpuMicros + cpu / report.accepted };
  };
  await http({});
  const httpSingle = await http({});
  const httpBatch = await http({ batch: BATCH, connections: 4 });
  child.kill('SIGKILL');
  return { httpSingle, httpBatch, nodePssBytes };
}
