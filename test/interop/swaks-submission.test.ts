// Clients that people have at hand: swaks with each mechanism, with and without TLS, and curl.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { eventually, SERVER_TOKEN, startInstallation, type Installation } from '../support/installation.ts';
import { skipWithout } from '../support/real-programs.ts';

interface Ran {
  readonly code: number;
  readonly output: string;
}

function run(program: string, args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(program, args, { timeout: 20_000 }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), output: out + err });
    });
    child.stdin?.end(input);
  });
}

describe('clients of the command line', { concurrency: 4 }, () => {
  let installation: Installation;
  before(async () => {
    installation = await startInstallation();
  });
  after(() => installation?.stop());

  const swaks = (subject: string, ...more: readonly string[]): Promise<Ran> =>
    run('swaks', [
      ...['--server', `127.0.0.1:${installation.smtpPort}`, '--from', 'a@sender.test', '--to', 'you@example.com'],
      ...['--header', `Subject: ${subject}`, '--body', 'Hello.\n.\n..dots', ...more],
    ]);

  async function captured(subject: string): Promise<string> {
    return eventually(`'${subject}' in the capture`, async () => {
      const list = await installation.api('GET', '/capture?count=50&offset=0');
      const found = list.body.Messages.find((row: { Subject: string }) => row.Subject === subject);
      if (found === undefined) return undefined;
      return (await installation.api('GET', `/capture/${found.MessageID}`)).body.Source as string;
    });
  }

  const CREDENTIALS = ['--auth-user', SERVER_TOKEN, '--auth-password', SERVER_TOKEN];
  for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
    for (const tls of [[], ['--tls']]) {
      const name = [mechanism, ...tls].join(' ');
      test(`swaks --auth ${name}`, { skip: skipWithout('swaks') }, async () => {
        const { code, output } = await swaks(name, '--auth', mechanism, ...CREDENTIALS, ...tls);
        assert.equal(code, 0, output);
        const source = await captured(name);
        assert.match(source, tls.length > 0 ? /with ESMTPSA id/ : /with ESMTPA id/);
        assert.match(source, /\r\n\.\r\n\.\.dots/);
      });
    }
  }

  test(
    'swaks with a wrong password ends with its code for authentication',
    { skip: skipWithout('swaks') },
    async () => {
      const wrong = ['--auth', 'PLAIN', '--auth-user', SERVER_TOKEN, '--auth-password', 'x'];
      const { code, output } = await swaks('wrong', ...wrong);
      assert.equal(code, 28, output);
      assert.match(output, /535[- ]5\.7\.8/);
    },
  );

  test('curl with STARTTLS', { skip: skipWithout('curl') }, async () => {
    const args = ['-sS', '--ssl-reqd', '-k', '--user', `${SERVER_TOKEN}:${SERVER_TOKEN}`];
    const envelope = ['--mail-from', 'a@sender.test', '--mail-rcpt', 'you@example.com', '-T', '-'];
    const message = 'From: a@sender.test\r\nTo: you@example.com\r\nSubject: from curl\r\n\r\nHello.\r\n';
    const { code, output } = await run(
      'curl',
      [...args, `smtp://127.0.0.1:${installation.smtpPort}`, ...envelope],
      message,
    );
    assert.equal(code, 0, output);
    assert.match(await captured('from curl'), /with ESMTPSA id/);
  });
});
