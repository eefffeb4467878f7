// An installation that delivers to a scripted remote server, and the other way round: mail sent to its door for reports.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { startDnsServer } from './dns-server.ts';
import { eventually, startInstallation, type Installation } from './installation.ts';
import { startScriptedMx, type ScriptedMx } from './scripted-mx.ts';
import { TestClient } from './smtp-client.ts';

export interface ReportsWorld {
  readonly installation: Installation;
  readonly remote: ScriptedMx;
  /** Sends a message, and gives its id and the return path that it left with. */
  send(fields: Readonly<Record<string, unknown>>): Promise<{ readonly id: string; readonly returnPath: string }>;
  /** The reply to RCPT where that is refused, else the reply to the message; several lines are joined. */
  report(to: string | readonly string[], content: string, mailFrom?: string): Promise<string>;
  bounces(filter?: string): Promise<readonly Bounce[]>;
  /** The value of the counter of mail that came in. */
  counted(result: string, reason: string): Promise<number>;
}

export interface Bounce {
  readonly ID: number;
  readonly Type: string;
  readonly Email: string;
  readonly Inactive: boolean;
  readonly CanActivate: boolean;
  readonly Details: string;
  readonly MessageID: string;
}

export async function reportsWorld(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<ReportsWorld> {
  const remote = await startScriptedMx();
  const dns = await startDnsServer({
    'rcpt.test': { MX: [[10, 'mx.rcpt.test']] },
    'mx.rcpt.test': { A: ['127.0.0.1'] },
  });
  const installation = await startInstallation({
    env: {
      BULKHEAD_DELIVERY: 'direct',
      BULKHEAD_DNS: dns.address,
      BULKHEAD_MX_PORT: String(remote.port),
      BULKHEAD_ALLOW_NETWORKS: '127.0.0.0/8',
      ...env,
    },
  });
  t.after(async () => {
    await installation.stop();
    await Promise.all([remote.close(), dns.close()]);
  });
  return {
    installation,
    remote,
    async send(fields) {
      const sent = await installation.send({ From: 'a@sender.test', Subject: 'Hello', TextBody: 'x', ...fields });
      assert.equal(sent.body.ErrorCode, 0, JSON.stringify(sent.body));
      const id = String(sent.body.MessageID);
      const message = await eventually('the message at the remote server', async () =>
        remote.messages.find(({ content }) => content.includes(id)),
      );
      return { id, returnPath: message.mailFrom };
    },
    report: (to, content, mailFrom = '') => transact(installation.mxPort, { to: [to].flat(), content, mailFrom }),
    async bounces(filter = '') {
      const answer = await installation.api('GET', `/bounces?count=50&offset=0${filter}`);
      return answer.body.Bounces as Bounce[];
    },
    async counted(result, reason) {
      const { body } = await installation.api('GET', '/metrics');
      const found = new RegExp(`^bulkhead_reports_total\\{result="${result}",reason="${reason}"\\} (\\d+)`, 'm').exec(
        body as string,
      );
      return Number(found?.[1] ?? 0);
    },
  };
}

async function transact(
  port: number,
  mail: { to: readonly string[]; content: string; mailFrom: string },
): Promise<string> {
  const client = await TestClient.connect(port);
  const ask = async (line: string): Promise<string> => {
    client.send(`${line}\r\n`);
    return (await client.reply()).join(' ');
  };
  try {
    await client.reply();
    await ask('EHLO mx.rcpt.test');
    await ask(`MAIL FROM:<${mail.mailFrom}>`);
    for (const to of mail.to) {
      const said = await ask(`RCPT TO:<${to}>`);
      if (!said.startsWith('250')) return said;
    }
    await ask('DATA');
    client.send(mail.content.replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..'));
    return await ask(mail.content.endsWith('\n') ? '.' : '\r\n.');
  } finally {
    client.destroy();
  }
}

/** A delivery report as Postfix writes it. */
export function deliveryReport(recipient: string, fields: readonly string[]): string {
  return [
    'From: MAILER-DAEMON@mx.rcpt.test (Mail Delivery System)',
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    `This is the mail system at host mx.rcpt.test. <${recipient}>: it did not work.`,
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.rcpt.test',
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    ...fields,
    '',
    '--b--',
    '',
  ].join('\n');
}

/** A feedback report as a provider's loop writes it, about a message with that return path. */
export function feedbackReport(returnPath: string, recipient: string): string {
  return [
    'From: <feedback@isp.test>',
    'Subject: FW: Hello',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'This is an email abuse report.',
    '',
    '--b',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: ISP-Loop/1.0',
    'Version: 1',
    `Original-Rcpt-To: <${recipient}>`,
    '',
    '--b',
    'Content-Type: message/rfc822',
    '',
    `Return-Path: <${returnPath}>`,
    'From: a@sender.test',
    'Subject: Hello',
    '',
    'x',
    '--b--',
    '',
  ].join('\n');
}
