// Who may stand in From, who signs, and what a signature says where the message says nothing (contract sending 6.3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, content, coreWorld, raw, type CoreWorld } from '../support/core-fixture.ts';

interface Given {
  readonly proof?: 'dns' | 'operator';
  readonly returnPathVerified?: true;
  readonly missing?: true;
  /** For ann@single.test. */
  readonly signature?: 'waits' | 'confirmed';
  readonly withoutDomain?: true;
}

async function world(given: Given): Promise<CoreWorld> {
  const made = await coreWorld();
  const { accountId, store } = made;
  const { senders } = store;
  if (given.withoutDomain !== true) {
    const { id } = await senders.createDomain({
      ...{ accountId, name: 'single.test', proof: given.proof, returnPathDomain: 'rp.single.test' },
    });
    await senders.updateDomain(id, () => ({
      ...(given.returnPathVerified && { returnPathVerifiedAt: 1 }),
      ...(given.missing && { missingSince: 1, dkimVerifiedAt: 1 }),
    }));
  }
  if (given.signature !== undefined) {
    const single = { address: 'Ann@single.test', domain: 'single.test', name: 'Ann Lee', replyTo: 'desk@single.test' };
    const { id } = await senders.createSignature({ accountId, ...single, note: undefined });
    if (given.signature === 'confirmed') await senders.updateSignature(id, { confirmedAt: 1 });
  }
  return made;
}

type Expected = RegExp | readonly [signingDomain: string, returnPathDomain: string];
const OWN = ['mail.bulkhead.test', 'bounces.bulkhead.test'] as const;
const CASES: readonly [why: string, given: Given, from: string, expected: Expected][] = [
  ['nothing is there', { withoutDomain: true }, 'ann@single.test', /^400 .*is not a Sender Signature/],
  ['the domain waits', {}, 'ann@single.test', /^401 .*domain that is not verified yet/],
  ['its record is missing for long', { missing: true }, 'ann@single.test', /^401 .*DKIM record has been missing/],
  ['the domain is verified', { proof: 'dns' }, 'ann@single.test', ['single.test', OWN[1]]],
  ['the domain is trusted', { proof: 'operator' }, 'x@single.test', ['single.test', OWN[1]]],
  [
    'it has a return path',
    { proof: 'dns', returnPathVerified: true },
    'x@single.test',
    ['single.test', 'rp.single.test'],
  ],
  ['a return path alone', { returnPathVerified: true }, 'x@single.test', /^401 /],
  ['the signature waits', { signature: 'waits' }, 'ann@single.test', /^401 .*Signature that is not confirmed yet/],
  ['it waits without a domain', { signature: 'waits', withoutDomain: true }, 'ann@single.test', /^401 .*not confirmed/],
  ['it waits in a verified domain', { signature: 'waits', proof: 'dns' }, 'ann@single.test', ['single.test', OWN[1]]],
  ['the signature is confirmed', { signature: 'confirmed' }, 'ANN@single.test', OWN],
  ['another address is', { signature: 'confirmed' }, 'bob@single.test', /^401 .*domain that is not verified/],
  ['an address below it', { signature: 'confirmed' }, 'ann+x@single.test', /^401 /],
  ['without a domain', { signature: 'confirmed', withoutDomain: true }, 'ann@single.test', OWN],
  ['its record is missing', { signature: 'confirmed', missing: true }, 'ann@single.test', OWN],
  ['in a verified domain', { signature: 'confirmed', proof: 'dns' }, 'ann@single.test', ['single.test', OWN[1]]],
];
for (const [why, given, from, expected] of CASES) {
  test(`From ${from} where ${why}: ${String(expected).slice(0, 50)}`, async () => {
    const made = await world(given);
    const said = answer(await made.submit(content({ from })));
    if (expected instanceof RegExp) return assert.match(said, expected);
    assert.equal(said, 'accepted');
    const { message } = made.appended[0] ?? assert.fail('nothing was appended');
    assert.deepEqual([message.signingDomain, message.returnPathDomain], expected);
  });
}

const sourceOf = ({ appended }: CoreWorld): string => Buffer.from(appended.at(-1)?.raw ?? []).toString('latin1');

test('a signature gives its name and Reply-To to messages that have none, and to no others', async () => {
  const made = await world({ proof: 'dns', signature: 'waits' });
  await made.submit(content({ from: 'ann@single.test' }));
  assert.match(sourceOf(made), /^From: Ann Lee <ann@single\.test>\r\n/m);
  assert.match(sourceOf(made), /^Reply-To: desk@single\.test\r\n/m);
  assert.equal(made.appended.at(-1)?.message.summary.from, '"Ann Lee" <ann@single.test>');
  await made.submit(content({ from: 'Annie <ann@single.test>', replyTo: 'me@single.test' }));
  assert.match(sourceOf(made), /^From: Annie <ann@single\.test>\r\n/m);
  assert.deepEqual(sourceOf(made).match(/^Reply-To: .*$/gm), ['Reply-To: me@single.test']);
  const headers = [{ name: 'Reply-To', value: 'h@single.test' }];
  await made.submit(content({ from: 'ann@single.test', headers }));
  assert.deepEqual(sourceOf(made).match(/^Reply-To: .*$/gm), ['Reply-To: h@single.test']);
  await made.submit(content({ from: 'bob@single.test' }));
  assert.doesNotMatch(sourceOf(made), /^Reply-To:/m);
});

test('submitted source keeps its From, and gets the Reply-To where it has none', async () => {
  const made = await world({ proof: 'dns', signature: 'confirmed' });
  const from = (lines: string[]) => {
    const head = ['From: ann@single.test', 'To: bob@rcpt.test', ...lines].join('\r\n');
    return raw([], { raw: Buffer.from(`${head}\r\n\r\nHello.\r\n`) });
  };
  await made.submit(from([]));
  assert.match(sourceOf(made), /^From: ann@single\.test\r\n/m);
  assert.match(sourceOf(made), /^Reply-To: desk@single\.test\r\n/m);
  await made.submit(from(['Reply-To: x@single.test']));
  assert.deepEqual(sourceOf(made).match(/^Reply-To: .*$/gm), ['Reply-To: x@single.test']);
});
