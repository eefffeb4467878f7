// Every method of the official account client, unchanged but for the host, on a running installation with a DNS of its own: the
// last test fails for a method that none of the others has called.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AccountClient, Errors, Models, ServerClient } from 'postmark';
import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import {
  ACCOUNT_TOKEN,
  eventually,
  SERVER_TOKEN,
  startInstallation,
  type Installation,
} from '../support/installation.ts';
import { recorded, type Recorded } from '../support/recorded-client.ts';

describe('the official account client', () => {
  let dns: DnsServer;
  let installation: Installation;
  let recording: Recorded<AccountClient>;
  let client: AccountClient;
  before(async () => {
    dns = await startDnsServer({});
    const allowed = { BULKHEAD_SERVER_DELETION: 'true', BULKHEAD_DATA_REMOVALS: 'true' };
    installation = await startInstallation({ env: { BULKHEAD_DNS: dns.address, ...allowed } });
    recording = recorded(new AccountClient(ACCOUNT_TOKEN, optionsOf(installation)));
    client = recording.client;
  });
  after(async () => {
    await installation?.stop();
    await dns?.close();
  });

  const refusal = (promise: Promise<unknown>): Promise<Errors.PostmarkError> =>
    promise.then(
      () => assert.fail('nothing was thrown'),
      (error: unknown) => error as Errors.PostmarkError,
    );

  test('domains: create, list, get, edit, verify, rotate, delete', async () => {
    const created = await client.createDomain({ Name: 'brand.test', ReturnPathDomain: 'rp.brand.test' });
    assert.match(created.DKIMPendingHost, /^\d{14}pm\._domainkey\.brand\.test$/);
    assert.match(created.DKIMPendingTextValue, /^k=rsa; p=[A-Za-z0-9+/=]{392}$/, '2048 bits');
    assert.equal((await refusal(client.rotateDomainDKIM(created.ID))).code, 505);
    const edited = await client.editDomain(created.ID, { ReturnPathDomain: 'pm-bounces.brand.test' });
    assert.equal(edited.ReturnPathDomain, 'pm-bounces.brand.test');

    assert.equal((await client.verifyDomainDKIM(created.ID)).DKIMVerified, false);
    dns.set(created.DKIMPendingHost, { TXT: [created.DKIMPendingTextValue.match(/.{1,255}/g) ?? []] });
    const verified = await client.verifyDomainDKIM(created.ID);
    assert.deepEqual([verified.DKIMVerified, verified.DKIMHost], [true, created.DKIMPendingHost]);
    dns.set('pm-bounces.brand.test', { CNAME: 'mail.bulkhead.test' });
    assert.equal((await client.verifyDomainReturnPath(created.ID)).ReturnPathDomainVerified, true);
    assert.equal((await client.verifyDomainSPF(created.ID)).SPFVerified, true);

    const listed = await client.getDomains();
    assert.equal(listed.TotalCount, listed.Domains.length);
    assert.ok(listed.Domains.some(({ Name, DKIMVerified }) => Name === 'brand.test' && DKIMVerified));
    assert.equal((await client.getDomains({ count: 1, offset: 0 })).Domains.length, 1);
    assert.equal((await client.rotateDomainDKIM(created.ID)).DKIMUpdateStatus, 'Pending');
    assert.equal((await client.getDomain(created.ID)).DKIMHost, created.DKIMPendingHost);
    assert.match((await client.deleteDomain(created.ID)).Message, /brand\.test removed/);
    const gone = await refusal(client.getDomain(created.ID));
    assert.ok(gone instanceof Errors.ApiInputError);
    assert.equal(gone.code, 510);
  });

  test('sender signatures: create, list, get, edit, resend, the deprecated ones, delete', async () => {
    const created = await client.createSenderSignature({ Name: 'Ann', FromEmail: 'ann@single.test' });
    assert.deepEqual(
      [created.EmailAddress, created.Confirmed, created.ReplyToEmailAddress],
      ['ann@single.test', false, ''],
    );
    assert.equal((await refusal(client.requestNewDKIMForSenderSignature(created.ID))).code, 505);
    assert.match((await client.resendSenderSignatureConfirmation(created.ID)).Message, /was re-sent/);
    assert.equal((await client.verifySenderSignatureSPF(created.ID)).SPFVerified, true);
    const edited = await client.editSenderSignature(created.ID, { Name: 'Annie', ReplyToEmail: 'r@single.test' });
    assert.deepEqual([edited.Name, edited.ReplyToEmailAddress], ['Annie', 'r@single.test']);
    assert.equal((await client.getSenderSignature(created.ID)).Name, 'Annie');
    assert.equal((await client.getSenderSignatures()).SenderSignatures[0]?.EmailAddress, 'ann@single.test');
    const sending = new ServerClient(SERVER_TOKEN, optionsOf(installation));
    const mail = { From: 'ann@single.test', To: 'bob@example.net', Subject: 'Hello', TextBody: 'Hello.' };
    assert.equal((await refusal(sending.sendEmail(mail))).code, 401);
    const twice = await refusal(client.createSenderSignature({ Name: 'Ann', FromEmail: 'ANN@single.test' }));
    assert.equal(twice.code, 504);
    assert.match((await client.deleteSenderSignature(created.ID)).Message, /ann@single\.test removed/);
    assert.equal((await refusal(client.getSenderSignature(created.ID))).code, 501);
  });

  test('servers: create, list, get, edit, delete', async () => {
    const made = await client.createServer({ Name: 'Receipts', Color: 'Red', InboundSpamThreshold: 5 });
    assert.deepEqual([made.Color, made.InboundSpamThreshold, made.ApiTokens.length], ['red', 5, 1]);
    assert.deepEqual((await client.getServers({ name: 'RECEI' })).Servers, [made]);
    const edited = await client.editServer(made.ID, { Name: 'Bills' });
    assert.deepEqual(await client.getServer(made.ID), { ...made, Name: 'Bills' });
    assert.deepEqual(edited, { ...made, Name: 'Bills' });
    assert.equal((await client.deleteServer(made.ID)).Message, 'Server Bills removed.');
    assert.equal((await refusal(client.getServer(made.ID))).code, 601);
  });

  test('templates are pushed from one server to another', async () => {
    const [source, target] = [await client.createServer({ Name: 'A' }), await client.createServer({ Name: 'B' })];
    const at = (token = ''): ServerClient => new ServerClient(token, optionsOf(installation));
    await at(source.ApiTokens[0]).createTemplate({ Name: 'N', Alias: 'n', Subject: 'S', TextBody: 'T {{x}}' });
    const push = { SourceServerID: source.ID, DestinationServerID: target.ID };
    const dry = await client.pushTemplates({ ...push, PerformChanges: false });
    assert.deepEqual([dry.TotalCount, dry.Templates[0]?.Action], [1, 'Create']);
    await assert.rejects(at(target.ApiTokens[0]).getTemplate('n'), Errors.ApiInputError);
    assert.equal((await client.pushTemplates({ ...push, PerformChanges: true })).TotalCount, 1);
    assert.equal((await at(target.ApiTokens[0]).getTemplate('n')).TextBody, 'T {{x}}');
  });

  test('data removals: ask for one, and see it done', async () => {
    const asked = await client.requestDataRemoval({
      RequestedBy: 'ann@sender.test',
      RequestedFor: 'bob@example.net',
      NotifyWhenCompleted: false,
    });
    assert.equal(asked.Status, Models.DataRemovalStatusTypes.Pending);
    await eventually('the removal', async () => {
      const { Status } = await client.getDataRemovalStatus(asked.ID);
      return Status === Models.DataRemovalStatusTypes.Done || undefined;
    });
  });

  test('options can be changed after the start', async () => {
    const options = { ...optionsOf(installation), timeout: 7 };
    client.setClientOptions(options);
    assert.equal(client.getClientOptions().timeout, 7);
    assert.ok((await client.getServers()).TotalCount > 0);
  });

  test('a callback gets what a promise would', async () => {
    const [error, found] = await new Promise<[unknown, unknown]>((done) => {
      void client.getDomains({ count: 1 }, (...given) => done(given));
    });
    assert.equal(error, null);
    assert.deepEqual(found, await client.getDomains({ count: 1 }));
  });

  test('no method of the client is left', () => {
    assert.deepEqual(recording.untouched(), []);
  });
});

function optionsOf({ http }: Installation): { requestHost: string; useHttps: boolean; timeout: number } {
  return { requestHost: http.replace('http://', ''), useHttps: false, timeout: 20 };
}
