// The official Ruby library, unchanged but for its host: every method of both of its clients, on a running installation. It raises on
// anything but 200, and reads answers with eyes of its own. What it does is in ruby-client.rb.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCOUNT_TOKEN, SERVER_TOKEN, startInstallation } from '../support/installation.ts';
import { startDnsServer } from '../support/dns-server.ts';

const DEADLINE_MS = 60_000;
const missing = spawnSync('ruby', ['-e', "require 'postmark'"]).status !== 0;
const skip = missing && process.env['CI'] === undefined ? 'not installed: ruby-postmark' : false;

test('every method of the Ruby library', { skip }, async (t) => {
  const dns = await startDnsServer({});
  t.after(() => dns.close());
  const env = { BULKHEAD_DNS: dns.address, BULKHEAD_SERVER_DELETION: 'true' };
  const installation = await startInstallation({ env });
  t.after(() => installation.stop());
  const { hostname, port } = new URL(installation.http);
  const script = join(import.meta.dirname, 'ruby-client.rb');
  const said = await new Promise<string>((done) => {
    const given = [script, hostname, port, SERVER_TOKEN, ACCOUNT_TOKEN];
    execFile('ruby', given, { timeout: DEADLINE_MS }, (_error, out, err) => done(out + err));
  });
  assert.match(said, /^every method of [\d.]+ was called\n$/);
});
