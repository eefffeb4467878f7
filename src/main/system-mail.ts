// Mail of the installation itself, asked for by another thread over the bus: it goes through the one way in, like all mail, in
// the name of the first server, from the installation's own domain.
import type { Bus } from '../backends/lanes/bus.ts';
import type { Submit } from '../core/submit.ts';
import type { Log } from '../lib/log.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface SystemMailDeps {
  readonly store: ControlStore;
  readonly submit: Submit;
  readonly log: Log;
}

export function serveSystemMail(bus: Bus, { store, submit, log }: SystemMailDeps): void {
  const send = async (recipients: readonly string[], source: Uint8Array): Promise<boolean> => {
    const accountId = await store.firstAccount();
    const [server] = accountId === undefined ? [] : await store.servers(accountId);
    if (server === undefined) return false;
    const principal = { server, tokenId: 0, boundStream: undefined };
    const draft = { kind: 'raw', recipients, raw: source, smtpUtf8: false, hostKind: 'transactional' } as const;
    const result = await submit(principal, { ...draft, protocol: 'ESMTPA' }, { via: 'cli', dryRun: false });
    if (result.kind !== 'accepted') log.warn({ result }, 'a message of the installation itself was not taken');
    return result.kind === 'accepted';
  };
  bus.serve({ [SEND]: (to, source) => send(to as readonly string[], source as Uint8Array) }, (error) =>
    log.error({ err: error }, 'a message of the installation itself could not be sent'),
  );
}

/** From the other end; false also where nobody answers in time. */
export function systemMailOn(bus: Bus): (to: readonly string[], source: Uint8Array) => Promise<boolean> {
  return async (to, source) => (await bus.ask(SEND, [to, source], DEADLINE_MS)) === true;
}

const SEND = 'mail.send';
const DEADLINE_MS = 30_000;
