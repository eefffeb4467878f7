// Sender signatures over a store in memory: created, edited, asked to be confirmed, and confirmed by the link alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIRM_PATH } from '../../src/core/confirm-sender.ts';
import {
  createSignature,
  editSignature,
  findSignature,
  renewKeyOf,
  resendConfirmation,
  type SignatureView,
} from '../../src/core/manage-signatures.ts';
import { apiError } from '../../src/domain/api-error.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import { DAY_MS, senderWorld, type SenderWorld } from '../support/sender-world.ts';

const GIVEN = {
  ...{ address: 'Ann@brand.test', name: 'Ann', replyTo: undefined, returnPathDomain: undefined, note: undefined },
} as const;
type Given = { readonly [Key in keyof typeof GIVEN]: string | undefined };

async function create(world: SenderWorld, changes: Partial<Given> = {}): Promise<SignatureView> {
  const made = await createSignature(world, world.accountId, { ...GIVEN, ...changes });
  return made.kind === 'done' ? made.view : assert.fail(made.error.message);
}

const code = (result: { readonly kind: string; readonly error?: { readonly code: number } }): number =>
  result.error?.code ?? 0;

/** The token of the link in the last mail. */
function linkIn(world: SenderWorld): string {
  const text = world.mails.at(-1)?.textBody ?? '';
  const [, token] = new RegExp(`https://mail\\.bulkhead\\.test${CONFIRM_PATH}/(\\S+)`).exec(text) ?? [];
  return token ?? assert.fail(text);
}

const REFUSED: readonly [why: string, changes: Partial<Given>, code: number][] = [
  ['no address', { address: undefined }, 520],
  ['an empty address', { address: ' ' }, 520],
  ['no name', { name: undefined }, 520],
  ['an empty name', { name: ' ' }, 520],
  ['a long address', { address: `${'x'.repeat(250)}@a.test` }, 521],
  ['a long name', { name: 'x'.repeat(256) }, 521],
  ['a long note', { note: 'x'.repeat(401) }, 521],
  ['a long return path', { returnPathDomain: `${'x'.repeat(250)}.brand.test` }, 521],
  ['no valid address', { address: 'ann' }, 522],
  ['an address with a name', { address: 'Ann <ann@brand.test>' }, 522],
  ['a bad Reply-To', { replyTo: 'ann' }, 522],
  ['a return path elsewhere', { returnPathDomain: 'rp.other.test' }, 522],
  ['a public domain', { address: 'ann@gmail.com' }, 503],
  ['an address that is there', { address: 'taken@brand.test' }, 504],
  ['an address that is there in other letters', { address: 'TAKEN@brand.test' }, 504],
];
for (const [why, changes, expected] of REFUSED) {
  test(`a signature with ${why} is refused with ${expected}, and nothing is sent`, async () => {
    const world = await senderWorld();
    await create(world, { address: 'taken@brand.test' });
    assert.equal(code(await createSignature(world, world.accountId, { ...GIVEN, ...changes })), expected);
    assert.equal(world.mails.length, 1);
  });
}

test('a signature waits, shows the key of its domain, and the mailbox is asked in plain words', async () => {
  const world = await senderWorld();
  const note = 'We met <b>yesterday</b>\nhttps://evil.test';
  const { signature, domain, problems } = await create(world, { note, returnPathDomain: 'rp.brand.test' });
  assert.deepEqual([signature.address, signature.confirmedAt, problems], ['Ann@brand.test', undefined, []]);
  assert.deepEqual([domain?.domain.name, domain?.domain.returnPathDomain], ['brand.test', 'rp.brand.test']);
  assert.deepEqual(
    domain?.keys.map(({ state }) => state),
    ['pending'],
  );
  const [mail] = world.mails;
  assert.deepEqual(
    [mail?.to, mail?.from, mail?.trackLinks],
    ['Ann@brand.test', 'postmaster@mail.bulkhead.test', 'None'],
  );
  assert.match(mail?.textBody ?? '', /as "Ann" <Ann@brand\.test> through mail\.bulkhead\.test\.[^]*> We met <b>/);
  assert.match(mail?.htmlBody ?? '', /We met &lt;b&gt;yesterday&lt;\/b&gt;<br>https:\/\/evil\.test/);
  assert.equal((mail?.htmlBody ?? '').match(/<a href/g)?.length, 1, 'one link');
});

test('a signature in a domain of the account leaves its key alone, and waits all the same', async () => {
  const world = await senderWorld();
  const verified = await world.verified('brand.test');
  const { signature, domain } = await create(world, { address: 'ann+news@brand.test' });
  assert.deepEqual([signature.confirmedAt, domain?.domain.id], [undefined, verified.domain.id]);
  assert.equal((await resendConfirmation(world, signature)).kind, 'sent');
});

test('opening the link changes nothing, confirming does, once and for all', async () => {
  const world = await senderWorld();
  const { signature } = await create(world);
  const token = linkIn(world);
  assert.equal((await world.confirmations.look(token))?.confirmedAt, undefined);
  assert.equal((await world.store.senders.signatureById(signature.id))?.confirmedAt, undefined);
  const at = world.clock.now();
  assert.equal((await world.confirmations.confirm(token))?.confirmedAt, at);
  await world.clock.advance(1000);
  assert.equal((await world.confirmations.confirm(token))?.confirmedAt, at);
  const confirmed = (await world.store.senders.signatureById(signature.id)) ?? assert.fail('it is gone');
  assert.equal(code(await resendConfirmation(world, confirmed)), 506);
});

test('a link that is made up, changed, over, or of a signature that is gone confirms nothing', async () => {
  const world = await senderWorld();
  const { signature } = await create(world);
  const other = await create(world, { address: 'bob@brand.test' });
  const token = linkIn(world);
  const [id, until, mac] = token.split('-') as [string, string, string];
  const last = mac.endsWith('A') ? 'B' : 'A';
  const wrong = [
    ...['', 'x', token.slice(1), `${token}A`, `${signature.id}-${until}-${mac}`],
    ...[`${id}-${Number(until) + 1}-${mac}`, `${id}-${until}-${mac.slice(0, -1)}${last}`, `999-${until}-${mac}`],
  ];
  for (const made of wrong) assert.equal(await world.confirmations.confirm(made), undefined, made);
  await world.clock.advance(7 * DAY_MS + 1);
  assert.equal(await world.confirmations.confirm(token), undefined, 'over');
  assert.equal((await resendConfirmation(world, other.signature)).kind, 'sent');
  const fresh = linkIn(world);
  assert.equal((await world.confirmations.look(fresh))?.id, other.signature.id);
  await world.store.senders.deleteSignature(other.signature.id);
  assert.equal(await world.confirmations.confirm(fresh), undefined, 'gone');
});

test('an address is written to five times an hour at most, also when its signature is made anew', async () => {
  const world = await senderWorld();
  for (let at = 0; at < 5; at += 1) {
    const { signature, problems } = await create(world);
    assert.deepEqual(problems, []);
    await world.store.senders.deleteSignature(signature.id);
  }
  const { signature, problems } = await create(world);
  assert.match(problems.join(), /were sent several times within the hour/);
  assert.equal(code(await resendConfirmation(world, signature)), 429);
  assert.equal(world.mails.length, 5);
  await world.clock.advance(3_600_001);
  assert.equal((await resendConfirmation(world, signature)).kind, 'sent');
});

test('a confirmation that could not be sent is told, and the signature stays', async () => {
  const world = await senderWorld();
  const refused = { kind: 'refused', messageId: '1' as MessageId, error: apiError(406, 'Inactive.') } as const;
  for (const [answer, url, why, expected] of [
    [refused, 'https://x.test', /could not be sent: Inactive\./, 406],
    [{ kind: 'unavailable', reason: 'the disk is full' } as const, 'https://x.test', /the disk is full/, 100],
    [refused, undefined, /the server is starting/, 100],
  ] as const) {
    world.answer = answer;
    world.publicUrl = url;
    const { signature, problems } = await create(world);
    assert.match(problems.join(), why);
    assert.equal(code(await resendConfirmation(world, signature)), expected);
    await world.store.senders.deleteSignature(signature.id);
    await world.clock.advance(3_600_001);
  }
});

test('an edit changes what is given, clears what is empty, and leaves the rest and the confirmation', async () => {
  const world = await senderWorld();
  await create(world, { replyTo: 'r@brand.test', note: 'Hi', returnPathDomain: 'rp.brand.test' });
  const confirmed = (await world.confirmations.confirm(linkIn(world))) ?? assert.fail('not confirmed');
  const edit = async (changes: Partial<Given>): Promise<SignatureView> => {
    const fields = { replyTo: undefined, returnPathDomain: undefined, note: undefined, name: 'Bob', ...changes };
    const edited = await editSignature(world, confirmed, fields);
    return edited.kind === 'done' ? edited.view : assert.fail(edited.error.message);
  };
  const kept = (await edit({})).signature;
  assert.deepEqual(kept, { ...confirmed, name: 'Bob' });
  const cleared = await edit({ replyTo: '', note: '', returnPathDomain: '' });
  assert.deepEqual([cleared.signature.replyTo, cleared.signature.note], [undefined, undefined]);
  assert.equal(cleared.domain?.domain.returnPathDomain, undefined);
  assert.equal(cleared.signature.confirmedAt, confirmed.confirmedAt);
  const fields = { replyTo: undefined, returnPathDomain: undefined, note: undefined, name: undefined };
  assert.equal(code(await editSignature(world, confirmed, fields)), 520);
});

test('a signature shows and renews the key of its domain, while there is one', async () => {
  const world = await senderWorld();
  const view = await create(world);
  assert.equal(code(await renewKeyOf(world, view)), 505, 'right after it was made');
  await world.store.senders.deleteDomain(view.domain?.domain.id ?? 0);
  const found = await findSignature(world, world.accountId, view.signature.id);
  assert.ok(found.kind === 'done' && found.view.domain === undefined);
  assert.equal(code(await renewKeyOf(world, found.view)), 501);
  const other = await world.store.createAccount('Other');
  assert.equal(code(await findSignature(world, other, view.signature.id)), 507);
  assert.equal(code(await findSignature(world, other, 999)), 501);
});
