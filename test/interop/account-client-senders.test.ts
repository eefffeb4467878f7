// The official client's calls about domains and sender signatures, unchanged but for the host, on a running installation with a DNS
// of its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AccountClient, Errors, ServerClient } from 'postmark';
import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import { ACCOUNT_TOKEN, SERVER_TOKEN, startInstallation, type Installation } from '../support/installation.ts';

describe('the official account client', () => {
  let dns: DnsServer;
  let installation: Installation;
  let client: AccountClient;
  before(async () => {
    dns = await startDnsServer({});
    installation = await startInstallation({ env: { BULKHEAD_DNS: dns.address } });
    client = new AccountClient(ACCOUNT_TOKEN, optionsOf(installation));
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
});

function optionsOf({ http }: Installation): { requestHost: string; useHttps: boolean; timeout: number } {
  return { requestHost: http.replace('http://', ''), useHttps: false, timeout: 20 };
}
