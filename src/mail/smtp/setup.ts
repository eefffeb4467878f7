// What the sessions of one server have in common.
import type { Clock } from '../../lib/clock.ts';
import type { ServerFact } from './facts.ts';
import type { SmtpHandlers } from './handlers.ts';
import type { SmtpLimits } from './limits.ts';
import type { ByteBudget } from './message-buffer.ts';

export interface SessionSetup<P> {
  readonly limits: SmtpLimits;
  readonly clock: Clock;
  readonly handlers: SmtpHandlers<P>;
  readonly budget: ByteBudget;
  /** Follows `ESMTP` in the greeting; may be empty. */
  readonly banner: string;
  readonly tlsAvailable: boolean;
  /** Our name, by the server name that the client asked for with TLS. */
  hostnameFor(tlsServerName: string | undefined): string;
  allowAuthWithoutTls(remoteAddress: string, localAddress: string): boolean;
  /** Unguessable, letters, digits and hyphens: a part of CRAM-MD5 challenges and of session ids. */
  randomToken(): string;
  onFact(fact: ServerFact): void;
}
