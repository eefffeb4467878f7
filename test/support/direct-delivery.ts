// What an installation needs to deliver to recording sinks on loopback: a zone, and the settings that lead there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startDnsServer, type DnsServer } from './dns-server.ts';
import { startInstallation, type Installation } from './installation.ts';
import { startRecordingSink, type RecordingSink } from './recording-sink.ts';

/** The first two share their MX hosts, the third has one of its own; all lead to the sink. */
export const LOAD_DOMAINS = ['one.test', 'two.test', 'three.test'] as const;

export async function startLoadZone(): Promise<DnsServer> {
  return startDnsServer({
    'one.test': { MX: [[10, 'mx.shared.test']] },
    'two.test': { MX: [[10, 'mx.shared.test']] },
    'three.test': { MX: [[10, 'mx.own.test']] },
    'mx.shared.test': { A: ['127.0.0.1'] },
    'mx.own.test': { A: ['127.0.0.1'] },
  });
}

export function directSettings(dns: DnsServer, sink: Pick<RecordingSink, 'port'>): Record<string, string> {
  return {
    BULKHEAD_DELIVERY: 'direct',
    BULKHEAD_DNS: dns.address,
    BULKHEAD_MX_PORT: String(sink.port),
    BULKHEAD_ALLOW_NETWORKS: '127.0.0.0/8',
    BULKHEAD_RETRY_FIRST: '1',
    BULKHEAD_ADDRESS_CHECKS: 'bound',
  };
}

export interface DirectWorld {
  readonly sink: RecordingSink;
  /** Starts on the same data folder each time; the one before has ended by then. */
  readonly start: (env?: Record<string, string>) => Promise<Installation>;
}

/** A data folder, a sink and the zone that leads there; all of it, and what still runs, is gone when the test ends. */
export async function directWorld(t: TestContext): Promise<DirectWorld> {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  const [sink, dns] = await Promise.all([startRecordingSink(), startLoadZone()]);
  let running: Installation | undefined;
  t.after(async () => {
    await running?.kill();
    await Promise.all([sink.close(), dns.close()]);
    rmSync(data, { recursive: true, force: true });
  });
  return {
    sink,
    start: async (env = {}) =>
      (running = await startInstallation({ data, env: { ...directSettings(dns, sink), ...env } })),
  };
}
