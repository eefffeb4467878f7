// OpenDKIM, the verifier of very many receivers, must accept every signature that we make. It runs offline, with its public
// keys from a file.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { generateDkimKey, loadDkimKey } from '../../src/mail/dkim/keys.ts';
import { signMessage } from '../../src/mail/dkim/sign.ts';
import { DKIM_MESSAGES } from '../support/dkim-messages.ts';

const present = spawnSync('opendkim', ['-V'], { env: withSystemPath() }).status === 0;
const skip = !present && process.env['CI'] === undefined ? 'opendkim is not installed' : false;
const folder = mkdtempSync(join(tmpdir(), 'opendkim-'));
after(() => rmSync(folder, { recursive: true }));

describe('OpenDKIM verifies', { skip }, async () => {
  const rsa = await generateDkimKey('rsa-sha256');
  const ed25519 = await generateDkimKey('ed25519-sha256');
  const signers = [
    { selector: 'r1', algorithm: 'rsa-sha256', key: loadDkimKey(rsa.privateKeyPem, 'rsa-sha256') },
    { selector: 'e1', algorithm: 'ed25519-sha256', key: loadDkimKey(ed25519.privateKeyPem, 'ed25519-sha256') },
  ] as const;
  const records = [`r1._domainkey.example.com ${rsa.recordValue}`, `e1._domainkey.example.com ${ed25519.recordValue}`];
  writeFileSync(join(folder, 'keys'), `${records.join('\n')}\n`);
  writeFileSync(join(folder, 'conf'), `Mode v\nTestPublicKeys ${join(folder, 'keys')}\n`);

  for (const [name, message] of DKIM_MESSAGES) {
    test(name, async () => {
      const fields = await signMessage(
        message,
        signers.map((signer) => ({ ...signer, domain: 'example.com' })),
        { now: Date.now() },
      );
      const { passed, output } = verify(Buffer.concat([Buffer.from(fields, 'latin1'), asTransported(message)]));
      assert.deepEqual(passed, ['r1', 'e1'], output);
    });
  }

  test('and not what was changed on the way', async () => {
    const [, message] = DKIM_MESSAGES[0] ?? ['', Buffer.alloc(0)];
    const fields = await signMessage(
      message,
      signers.map((signer) => ({ ...signer, domain: 'example.com' })),
      { now: Date.now() },
    );
    const { passed, output } = verify(
      Buffer.concat([Buffer.from(fields, 'latin1'), message, Buffer.from('added\r\n')]),
    );
    assert.deepEqual(passed, []);
    assert.match(output, /dkim=fail/);
  });
});

/** SMTP ends the last line of every message (RFC 5321 4.1.1.4). */
function asTransported(message: Buffer): Buffer {
  return message.subarray(-2).equals(Buffer.from('\r\n')) ? message : Buffer.concat([message, Buffer.from('\r\n')]);
}

function verify(message: Buffer): { passed: string[]; output: string } {
  const file = join(folder, 'message.eml');
  writeFileSync(file, message);
  const run = spawnSync('opendkim', ['-x', join(folder, 'conf'), '-vv', '-t', file], {
    encoding: 'utf8',
    env: withSystemPath(),
    timeout: 10_000,
  });
  const output = run.stdout + run.stderr;
  const passed = [...output.matchAll(/dkim=pass[^;]*header\.s=([a-z0-9]+)/g)].map((match) => match[1] ?? '');
  return { passed, output };
}

/** Daemons live in folders that a user's path may lack. */
function withSystemPath(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` };
}
