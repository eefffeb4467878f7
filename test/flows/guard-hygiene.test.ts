// Bulk mail on a transactional stream of a whole installation: told in the log, the status and the guards, and sent all the same.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runBulkhead } from '../support/delivery-world.ts';
import { SENDER_DOMAIN, eventually, startInstallation, type Installation } from '../support/installation.ts';

const LIMIT = 40;

interface Warning {
  readonly ServerID: number;
  readonly StreamID: string;
  readonly Reason: string;
}

describe('bulk mail on a transactional stream', () => {
  let installation: Installation;
  before(async () => {
    installation = await startInstallation({ env: { BULKHEAD_GUARD_BULK_RECIPIENTS: String(LIMIT) } });
  });
  after(() => installation?.stop());

  async function send(count: number, letter: (n: number) => Readonly<Record<string, unknown>>): Promise<void> {
    const body = Array.from({ length: count }, (_, n) => ({
      From: `app@${SENDER_DOMAIN}`,
      To: `"Person ${n}" <p${n}@example.net>`,
      ...letter(n),
    }));
    const answer = await installation.api('POST', '/email/batch', { body });
    const codes = (answer.body as { ErrorCode: number }[]).map(({ ErrorCode }) => ErrorCode);
    assert.ok(
      codes.every((code) => code === 0),
      codes.join(' '),
    );
  }

  const warnings = async (): Promise<readonly Warning[]> => (await installation.api('GET', '/status')).body.Warnings;

  test('resets and receipts are none, a newsletter is, and it is told once', async () => {
    await send(100, (n) => ({
      Subject: 'Reset your password',
      HtmlBody: `<p>Hello Person ${n},</p><p><a href="https://app.test/reset?token=${n * 7919}">Choose a new password</a></p>`,
    }));
    await send(100, (n) => ({ Subject: `Your receipt ${n}`, TextBody: `You paid ${n}.90 EUR for order ${n}.` }));
    const letter = (n: number) => ({
      Subject: 'New shoes',
      HtmlBody: `<p>Hello Person ${n},</p><p><a href="https://shop.test/shoes">New shoes</a> are here.</p><p><a href="https://shop.test/u/${n}">Unsubscribe</a></p>`,
    });
    await send(100, letter);
    const found = await eventually('the warning', async () => ((await warnings()).length > 0 ? warnings() : undefined));
    assert.deepEqual(
      found.map(({ ServerID, StreamID }) => [ServerID, StreamID]),
      [[1, 'outbound']],
    );
    assert.match(
      found[0]?.Reason ?? '',
      /40 recipients got mail with the subject "new shoes" within an hour, and its content is the same/,
    );

    await send(100, letter);
    assert.match(
      await runBulkhead(installation, 'status'),
      /warning: stream outbound of server 1: mail that looks like bulk/,
    );
    assert.equal(installation.output().match(/looks like bulk goes through a transactional stream/g)?.length, 1);
    assert.deepEqual((await installation.api('GET', '/holds', { account: true })).body, { Holds: [] });
    const metrics = await installation.api('GET', '/metrics', { account: true });
    assert.match(metrics.body, /bulkhead_bulk_like_streams 1/);
  });

  test('the same on a broadcast stream is where it belongs', async () => {
    await send(100, () => ({ Subject: 'Hats', TextBody: 'New hats.', MessageStream: 'broadcast' }));
    await send(100, (n) => ({ Subject: `Code ${n}`, TextBody: `${n}` }));
    await eventually('all of it to be in the capture', async () => {
      const { body } = await installation.api('GET', '/capture?count=1&offset=0');
      return body.TotalCount >= 600 || undefined;
    });
    assert.deepEqual(
      (await warnings()).map(({ StreamID }) => StreamID),
      ['outbound'],
    );
  });
});
