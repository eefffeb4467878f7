// Mail of the installation itself: it goes through the one way in, like all mail, from the installation's own domain, in the name
// of an account and a server of its own. So nobody's token reads it: a confirmation link is for the mailbox that it goes to.
//
// Asked for by this thread, or by another one over the bus.
import type { Bus } from '../backends/lanes/bus.ts';
import type { ContentDraft, Principal, RawDraft, SubmitResult } from '../core/draft.ts';
import type { Submit } from '../core/submit.ts';
import { DEFAULT_SERVER_SETTINGS } from '../domain/server.ts';
import type { Log } from '../lib/log.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface SystemMailDeps {
  readonly store: ControlStore;
  readonly submit: Submit;
  /** Whose domain it sends from. */
  readonly hostname: string;
  readonly log: Log;
}

/** Takes a message of the installation itself. */
export type SubmitOwn = (draft: ContentDraft | RawDraft) => Promise<SubmitResult>;

export function ownSubmit({ store, submit, hostname, log }: SystemMailDeps): SubmitOwn {
  let principal: Promise<Principal> | undefined;
  return async (draft) => {
    principal ??= ownPrincipal(store, hostname);
    principal.catch(() => (principal = undefined));
    const result = await submit(await principal, draft, { via: 'cli', dryRun: false });
    if (result.kind !== 'accepted') log.warn({ result }, 'a message of the installation itself was not taken');
    return result;
  };
}

export function serveSystemMail(bus: Bus, submitOwn: SubmitOwn, log: Log): void {
  const send = async (recipients: readonly string[], source: Uint8Array): Promise<boolean> => {
    const draft = { kind: 'raw', recipients, raw: source, smtpUtf8: false, hostKind: 'transactional' } as const;
    return (await submitOwn({ ...draft, protocol: 'ESMTPA' })).kind === 'accepted';
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
const OWN_SERVER = 'Mail of the installation';

/** Made when there is something to send for the first time. Its keys are those of the first account's domain of that name. */
async function ownPrincipal(store: ControlStore, hostname: string): Promise<Principal> {
  const accountId = await store.ownAccount();
  if ((await store.senders.domain(accountId, hostname)) === undefined) {
    await store.senders.createDomain({ accountId, name: hostname, proof: 'operator' });
  }
  const [known] = await store.servers(accountId);
  const server = known ?? (await store.createServer(accountId, OWN_SERVER, DEFAULT_SERVER_SETTINGS));
  return { server, tokenId: 0, boundStream: undefined };
}
