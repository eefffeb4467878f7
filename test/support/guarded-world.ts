// An installation that can be started again on its data, one host that takes all mail and one that knows nobody, a second
// server beside the first, and guards that judge from 20 recipients on.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runBulkhead } from './delivery-world.ts';
import { startDnsServer } from './dns-server.ts';
import { SENDER_DOMAIN, eventually, startInstallation, type Installation } from './installation.ts';
import { startScriptedMx, type Script, type ScriptedMx } from './scripted-mx.ts';

export const LEAST = 20;
const NOBODY: Script = { rcpt: () => '550 5.1.1 no such user here' };

export interface GuardedWorld {
  /** Takes mail for `good.test`. */
  readonly good: ScriptedMx;
  /** For `bad.test`: knows nobody, until it is told to. */
  readonly bad: ScriptedMx;
  /** The token of a second server. */
  readonly otherToken: string;
  readonly now: () => Installation;
  /** Sends a message to each address of `count`; the API must take all of them. */
  send(count: number, domain: string, mail?: { readonly stream?: string; readonly token?: string }): Promise<void>;
  holds(): Promise<readonly { readonly StreamID: string; readonly ServerID: number; readonly Reason: string }[]>;
  /** Messages of the stream that are not finished. */
  queued(stream: string): Promise<number>;
  bulkhead(...args: readonly string[]): Promise<string>;
  restart(how: 'stop' | 'kill'): Promise<void>;
}

export async function guardedWorld(t: TestContext): Promise<GuardedWorld> {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  const good = await startScriptedMx({}, { address: '127.0.1.1' });
  const bad = await startScriptedMx(NOBODY, { address: '127.0.1.2', port: good.port });
  const dns = await startDnsServer({
    'good.test': { MX: [[10, 'mx.good.test']] },
    'bad.test': { MX: [[10, 'mx.bad.test']] },
    'mx.good.test': { A: ['127.0.1.1'] },
    'mx.bad.test': { A: ['127.0.1.2'] },
  });
  const env = {
    BULKHEAD_DELIVERY: 'direct',
    BULKHEAD_DNS: dns.address,
    BULKHEAD_MX_PORT: String(good.port),
    BULKHEAD_ALLOW_NETWORKS: '127.0.0.0/8',
    BULKHEAD_GUARD_BOUNCE_MINIMUM: String(LEAST),
  };
  let installation = await startInstallation({ data, env });
  t.after(async () => {
    await installation.kill();
    await Promise.all([good.close(), bad.close(), dns.close()]);
    rmSync(data, { recursive: true, force: true });
  });
  const created = await runBulkhead(installation, 'server', 'create', 'Other');
  let last = 0;
  return {
    good,
    bad,
    otherToken: /server token: (\S+)/.exec(created)?.[1] ?? '',
    now: () => installation,
    async send(count, domain, { stream = 'broadcast', token } = {}) {
      const messages = Array.from({ length: count }, () => ({
        From: `news@${SENDER_DOMAIN}`,
        To: `r${(last += 1)}@${domain}`,
        Subject: 'News',
        TextBody: 'x',
        MessageStream: stream,
      }));
      const answer = await installation.api('POST', '/email/batch', { body: messages, ...(token && { token }) });
      const codes = (answer.body as { ErrorCode: number }[]).map(({ ErrorCode }) => ErrorCode);
      if (answer.status !== 200 || codes.some((code) => code !== 0)) throw new Error(`not taken: ${codes.join(' ')}`);
    },
    async holds() {
      return (await installation.api('GET', '/holds', { account: true })).body.Holds;
    },
    async queued(stream) {
      const query = `/messages/outbound?count=500&offset=0&messagestream=${stream}&status=queued`;
      return (await installation.api('GET', query)).body.TotalCount;
    },
    bulkhead: (...args) => runBulkhead(installation, ...args),
    async restart(how) {
      await installation[how]();
      installation = await startInstallation({ data, env });
    },
  };
}

/** Waits until the stream is held by its guard. */
export function untilHeld(world: GuardedWorld): Promise<{ readonly Reason: string }> {
  return eventually('the guard to pause the stream', async () => (await world.holds())[0]);
}

/** The index is a moment behind. */
export function untilQueued(world: GuardedWorld, stream: string, count: number): Promise<true> {
  const what = `${count} messages of the stream ${stream} in the queue`;
  return eventually(what, async () => (await world.queued(stream)) === count || undefined);
}
