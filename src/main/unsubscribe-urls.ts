// The links by which recipients leave a stream, as the threads that compose messages write them.
import type { Config } from './config.ts';
import type { Secrets } from './secrets.ts';
import { UNSUBSCRIBE_PATH, unsubscribeToken, type UnsubscribeId } from '../core/unsubscribe-link.ts';
import { returnPathKey } from '../mail/verp.ts';

export interface UnsubscribeUrlsOptions {
  readonly config: Pick<Config, 'publicUrl' | 'http'>;
  readonly secrets: Pick<Secrets, 'unsubscribeKey'>;
  /** Base URL of the HTTP door where it is known; else what is configured. */
  readonly http?: () => string | undefined;
}

export function unsubscribeUrls({ config, secrets, http }: UnsubscribeUrlsOptions): (id: UnsubscribeId) => string {
  const key = returnPathKey(secrets.unsubscribeKey);
  const { host, port } = config.http;
  const configured = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return (id) => `${config.publicUrl ?? http?.() ?? configured}${UNSUBSCRIBE_PATH}${unsubscribeToken(id, key)}`;
}
