// The first minutes of a new user: start, paste, look at the capture, start again.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import {
  ACCOUNT_TOKEN,
  eventually,
  SENDER_DOMAIN,
  SERVER_TOKEN,
  startInstallation,
  type Installation,
} from '../support/installation.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function bulkhead(args: readonly string[], env: Record<string, string>): Promise<CommandResult> {
  return new Promise((done) => {
    const all = { ...process.env, ...env };
    execFile(
      process.execPath,
      [join(ROOT, 'src/main/main.ts'), ...args],
      { env: all, cwd: tmpdir() },
      (error, out, err) => {
        done({ code: error === null ? 0 : Number(error.code), out, err });
      },
    );
  });
}

test('a new installation captures what is sent to it and shows it within a second', async (t) => {
  const installation = await startInstallation();
  t.after(() => installation.stop());
  const sent = await installation.send({
    From: `"Ann" <ann@${SENDER_DOMAIN}>`,
    To: 'you@example.com',
    Subject: 'Hi',
    TextBody: 'Hello',
    HtmlBody: '<b>Hello</b>',
  });
  assert.equal(sent.status, 200);
  assert.equal(sent.body.Message, 'OK');
  const captured = await eventually(
    'the message in the capture',
    async () => {
      const list = await installation.api('GET', '/capture');
      return list.body.TotalCount === 1 ? list.body.Messages[0] : undefined;
    },
    1000,
  );
  assert.equal(captured.MessageID, sent.body.MessageID);
  const shown = await installation.api('GET', `/capture/${sent.body.MessageID}`);
  assert.match(shown.body.Source, /^DKIM-Signature: .*d=sender\.test;/ms);
  assert.match(shown.body.Source, /^From: Ann <ann@sender\.test>\r$/m);
  assert.equal(shown.body.TextBody.trim(), 'Hello');
  const all = await installation.api('GET', '/capture', { account: true });
  assert.equal(all.body.TotalCount, 1);
});

test('the tokens are printed at the first start only, and go on working after the next', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  const running: Installation[] = [];
  // A server that still writes makes new files while the folder is being removed.
  t.after(async () => {
    for (const one of running) await one.stop();
    rmSync(data, { recursive: true, force: true });
  });
  const first = await startInstallation({ data });
  assert.ok(first.output().includes(SERVER_TOKEN) && first.output().includes(ACCOUNT_TOKEN));
  assert.equal(await first.stop(), 0);
  const second = await startInstallation({ data });
  running.push(second);
  assert.ok(!second.output().includes(SERVER_TOKEN));
  const sent = await second.send({ From: `ann@${SENDER_DOMAIN}`, To: 'you@example.com', TextBody: 'again' });
  assert.equal(sent.status, 200);
});

test('the command line works beside the running server', async (t) => {
  const installation = await startInstallation();
  t.after(() => installation.stop());
  const env = {
    BULKHEAD_DATA: installation.data,
    BULKHEAD_HTTP: installation.http.replace('http://', ''),
    BULKHEAD_HOSTNAME: 'mail.bulkhead.test',
  };

  const status = await bulkhead(['status'], env);
  assert.equal(status.code, 0, status.err);
  assert.match(status.out, /CAPTURED/);

  const token = await bulkhead(['token', 'create', '--server', 'My first server'], env);
  assert.match(token.out.trim(), /^[0-9a-f-]{36}$/);
  const sent = await bulkhead(['send', '--to', 'you@example.com', '--token', token.out.trim()], env);
  assert.equal(sent.code, 0, sent.err);
  const list = await bulkhead(['token', 'list'], env);
  const number = list.out.trim().split('\n').at(-1)?.split(' ')[0] ?? '';
  assert.equal((await bulkhead(['token', 'revoke', number], env)).code, 0);
  const refused = await bulkhead(
    ['send', '--to', 'you@example.com', '--from', `a@${SENDER_DOMAIN}`, '--token', token.out.trim()],
    env,
  );
  assert.equal(refused.code, 1);
  assert.match(refused.err, /ErrorCode 10/);

  const added = await bulkhead(['domain', 'add', 'Brand.Test'], env);
  assert.match(added.out, /brand\.test: not verified[\s\S]*pm\._domainkey\.brand\.test[\s\S]*k=rsa; p=/);
  const unverified = await installation.send({ From: 'a@brand.test', To: 'you@example.com', TextBody: 'x' });
  assert.equal(unverified.body.ErrorCode, 401);
  assert.equal((await bulkhead(['domain', 'trust', 'brand.test'], env)).code, 0);
  const trusted = await installation.send({ From: 'a@brand.test', To: 'you@example.com', TextBody: 'x' });
  assert.equal(trusted.body.ErrorCode, 0);
});

const WRONG: readonly { name: string; env: Record<string, string>; toml?: string; says: RegExp }[] = [
  {
    name: 'a bad port',
    env: { BULKHEAD_HTTP: '127.0.0.1:99999' },
    says: /^bulkhead: BULKHEAD_HTTP is '127\.0\.0\.1:99999', but must be an address and a port.*\n$/,
  },
  {
    name: 'an unknown variable',
    env: { BULKHEAD_SMPT: '127.0.0.1:25' },
    says: /^bulkhead: BULKHEAD_SMPT is not a setting.*\n$/,
  },
  {
    name: 'an unknown key in the file',
    env: {},
    toml: 'smpt = "x"\n',
    says: /^bulkhead: .*'smpt' is not a setting.*\n$/,
  },
  { name: 'a broken file', env: {}, toml: 'http = [\n', says: /^bulkhead: .* is not valid TOML: .*\n$/ },
  { name: 'half a TLS pair', env: { BULKHEAD_TLS_CERT: '/tmp/x' }, says: /belong together/ },
];
for (const { name, env, toml, says } of WRONG) {
  test(`${name} is one clear line and exit code 2`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'bulkhead.toml');
    if (toml !== undefined) writeFileSync(file, toml);
    const result = await bulkhead(['start'], {
      ...env,
      BULKHEAD_DATA: join(folder, 'data'),
      ...(toml === undefined ? {} : { BULKHEAD_CONFIG: file }),
    });
    assert.equal(result.code, 2);
    assert.match(result.err, says);
  });
}
