// The pass of the operator's command line: made with the key, for a minute, for one account.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthenticator } from '../../src/core/authenticate.ts';
import { makeOperatorPass, readOperatorPass } from '../../src/core/operator-pass.ts';
import type { AccountId } from '../../src/lib/ids.ts';
import { keyedHash } from '../../src/lib/keyed-hash.ts';

const NOW = 1_700_000_000_000;
const hash = (text: string): string => keyedHash(text, Buffer.alloc(32, 1));
const otherHash = (text: string): string => keyedHash(text, Buffer.alloc(32, 2));
const ACCOUNT = 7 as AccountId;
const pass = makeOperatorPass(hash, ACCOUNT, NOW);

const READ: readonly [what: string, text: string, at: number, account: number | undefined][] = [
  ['a fresh one', pass, NOW, 7],
  ['one with white space around it', ` ${pass}\n`, NOW + 1, 7],
  ['one at its end', pass, NOW + 60_000, 7],
  ['one beyond its end', pass, NOW + 60_001, undefined],
  ['one from far in the future', makeOperatorPass(hash, ACCOUNT, NOW + 3_600_000), NOW, undefined],
  ['one for another account than it was made for', pass.replace('.7.', '.8.'), NOW, undefined],
  ['one whose end was moved', pass.replace(String(NOW + 60_000), String(NOW + 60_001)), NOW + 1, undefined],
  ['one that was made with another key', makeOperatorPass(otherHash, ACCOUNT, NOW), NOW, undefined],
  ['one without a proof', `operator-pass.7.${NOW}.`, NOW, undefined],
  ['a token', '33333333-3333-4333-8333-333333333333', NOW, undefined],
  ['nothing', '', NOW, undefined],
];
for (const [what, text, at, account] of READ) {
  test(`${what} is ${account === undefined ? 'refused' : 'taken'}`, () => {
    assert.equal(readOperatorPass(hash, text, at), account);
  });
}

test('it stands where an account token does, and nowhere else', async () => {
  const none = async (): Promise<undefined> => undefined;
  const tokenStanding = () => 'gone' as const;
  const store = { tokenByHash: none, tokenBySecretHash: none, tokenStanding, smtpSecret: none, server: none };
  const open = createAuthenticator({ store, hashToken: hash, now: () => NOW });
  assert.deepEqual(await open.accountToken(pass), { kind: 'ok', principal: ACCOUNT });
  for (const tried of [open.serverToken(pass), open.smtp(pass, pass)]) assert.equal((await tried).kind, 'failed');
  const closed = createAuthenticator({ store, hashToken: hash });
  assert.equal((await closed.accountToken(pass)).kind, 'failed');
});
