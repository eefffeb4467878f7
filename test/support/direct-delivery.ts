// What an installation needs to deliver to recording sinks on loopback: a zone, and the settings that lead there.
import { startDnsServer, type DnsServer } from './dns-server.ts';
import type { RecordingSink } from './recording-sink.ts';

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
  };
}
