// Opens the control data alone: what the server and the command line both need.
import { createSecretKey } from 'node:crypto';
import type { Config } from './config.ts';
import { controlFile } from './files.ts';
import { remembering } from './remembering.ts';
import { noteTokenUse, type TokenUse } from './note-token-use.ts';
import { makeDataFolder, readSecrets, type Secrets } from './secrets.ts';
import { openControlStore } from '../backends/sqlite/control-store.ts';
import { createAuthenticator, type Authenticator } from '../core/authenticate.ts';
import type { SubmitStore } from '../core/submit.ts';
import { systemClock } from '../lib/clock.ts';
import { keyedHash } from '../lib/keyed-hash.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface Control {
  readonly store: ControlStore;
  readonly submitStore: SubmitStore;
  readonly secrets: Secrets;
  readonly hashToken: (token: string) => string;
  readonly authenticator: Authenticator;
  readonly used: TokenUse;
}

export async function openControl(config: Config): Promise<Control> {
  makeDataFolder(config);
  const secrets = readSecrets(config);
  const store = openControlStore({ file: controlFile(config.data), key: secrets.vaultKey });
  // As a key object: one of raw bytes is made ready anew for each token.
  const hashKey = createSecretKey(secrets.tokenHashKey);
  const hashToken = (token: string): string => keyedHash(token, hashKey);
  const remembered = remembering(store, systemClock);
  const used = noteTokenUse({ store, clock: systemClock });
  const authenticator = createAuthenticator({
    store: {
      server: remembered.server,
      tokenByHash: (hash) => store.tokenByHash(hash),
      tokenBySecretHash: (hash) => store.tokenBySecretHash(hash),
      tokenStanding: (id) => store.tokenStanding(id),
      smtpSecret: (id) => store.smtpSecret(id),
    },
    hashToken,
    now: () => systemClock.now(),
    onUsed: (id, at) => used.note(id, at),
  });
  const submitStore: SubmitStore = {
    ...remembered,
    suppressed: (...args) => store.suppressed(...args),
  };
  return { store, submitStore, secrets, hashToken, authenticator, used };
}
