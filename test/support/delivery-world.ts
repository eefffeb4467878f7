// A whole installation that delivers to scripted hosts on loopback: each host has an address of its own, all share a port.
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { startDnsServer, type DnsServer, type Entry } from './dns-server.ts';
import { eventually, SENDER_DOMAIN, startInstallation, type Installation } from './installation.ts';
import { startScriptedMx, type Script, type ScriptedMx } from './scripted-mx.ts';

export interface MessageEvent {
  readonly Type: string;
  readonly Recipient: string;
  readonly Details: Readonly<Record<string, string>>;
}

export interface DeliveryWorld {
  readonly installation: Installation;
  readonly dns: DnsServer;
  /** A host of its own for `domains`, all with one and the same MX record. */
  host(script: Script, ...domains: string[]): Promise<ScriptedMx>;
  /** Sends over HTTP; the id of the message. */
  send(to: string, fields?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Waits until `enough` holds for the events of the message. */
  events(id: string, enough: (events: readonly MessageEvent[]) => boolean): Promise<readonly MessageEvent[]>;
  stop(): Promise<void>;
}

export async function startDeliveryWorld(env: Readonly<Record<string, string>> = {}): Promise<DeliveryWorld> {
  const dns = await startDnsServer({});
  const first = await startScriptedMx();
  const { port } = first;
  const hosts = [first];
  let numbers = 0;
  const installation = await startInstallation({
    env: {
      BULKHEAD_DELIVERY: 'direct',
      BULKHEAD_DNS: dns.address,
      BULKHEAD_MX_PORT: String(port),
      BULKHEAD_ALLOW_NETWORKS: '127.0.0.0/8',
      BULKHEAD_RETRY_FIRST: '1',
      BULKHEAD_RETRY_LONGEST: '1',
      BULKHEAD_REPLY_TIMEOUT: '5',
      BULKHEAD_ADDRESS_CHECKS: 'bound',
      ...env,
    },
  });
  return {
    installation,
    dns,
    async host(script, ...domains) {
      const number = ++numbers;
      const address = `127.0.1.${number}`;
      const mx = await startScriptedMx(script, { address, port });
      hosts.push(mx);
      const name = `mx${number}.test`;
      dns.set(name, { A: [address] });
      for (const domain of domains) dns.set(domain, { MX: [[10, name]] } satisfies Entry);
      return mx;
    },
    async send(to, fields = {}) {
      const sent = await installation.send({
        From: `a@${SENDER_DOMAIN}`,
        To: to,
        Subject: 'Hello',
        TextBody: 'x',
        ...fields,
      });
      if (sent.status !== 200) throw new Error(`refused: ${JSON.stringify(sent.body)}`);
      return String(sent.body.MessageID);
    },
    events: (id, enough) =>
      eventually(
        `the events of ${id}`,
        async () => {
          const answer = await installation.api('GET', `/messages/outbound/${id}/details`);
          const events = (answer.body.MessageEvents ?? []) as readonly MessageEvent[];
          return enough(events) ? events : undefined;
        },
        15_000,
      ),
    async stop() {
      await installation.stop();
      for (const host of hosts) await host.close();
      await dns.close();
    },
  };
}

/** Runs the command line beside a running installation; what it printed. Rejects where it fails. */
export function runBulkhead(installation: Installation, ...args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    BULKHEAD_DATA: installation.data,
    BULKHEAD_HTTP: installation.http.replace('http://', ''),
    BULKHEAD_HOSTNAME: 'mail.bulkhead.test',
  };
  const main = join(resolve(import.meta.dirname, '../..'), 'src/main/main.ts');
  return new Promise((done, failed) => {
    execFile(process.execPath, [main, ...args], { env, cwd: installation.data }, (error, out, err) => {
      if (error === null) done(out);
      else failed(new Error(`bulkhead ${args.join(' ')}: ${err}`));
    });
  });
}

/** Whether an event of this type is there, for the recipient where one is given. */
export function has(type: string, recipient?: string): (events: readonly MessageEvent[]) => boolean {
  return (events) =>
    events.some((event) => event.Type === type && (recipient === undefined || event.Recipient === recipient));
}
