// Looks at sending domains again while the server runs: those that wait for a record, so that they verify by themselves, and
// those in order, so that somebody is told before receivers tell their users.
//
// A round: the domains whose time has come, a few at once, each with its DKIM and return path; then when it is looked at next
// (domain-checks.ts). What has changed is one line in the log. Promises: trouble with one domain is logged and holds up no
// other.
import { isDkimVerified, problemsOf, returnPathOf, type SendingDomain } from '../domain/sender.ts';
import { nextLookAt } from '../domain/domain-checks.ts';
import type { Log } from '../lib/log.ts';
import { verifyDkim, verifyReturnPath, type VerifyDeps } from './verify-domain.ts';

export interface WatchDeps extends VerifyDeps {
  readonly random: () => number;
  /** How long mail of a domain that was taken away may still be in a queue. */
  readonly lifetimeMs: number;
  readonly log: Log;
}

/** Looked at in one round, and at the same time. */
const ROUND = 40;
const AT_ONCE = 4;

export async function watchDomains(deps: WatchDeps, signal: AbortSignal): Promise<void> {
  const { store, clock } = deps;
  const due = await store.senders.dueDomains(clock.now(), ROUND);
  for (let at = 0; at < due.length && !signal.aborted; at += AT_ONCE) {
    await Promise.all(due.slice(at, at + AT_ONCE).map((domain) => lookAt(deps, domain)));
  }
  await store.senders.dropLeftKeys(clock.now() - deps.lifetimeMs);
}

async function lookAt(deps: WatchDeps, before: SendingDomain): Promise<void> {
  try {
    const after = await look(deps, before);
    if (after !== undefined) tell(deps.log, before, after);
  } catch (error) {
    deps.log.error({ err: error, domain: before.name }, 'a sending domain could not be looked at; trying again');
  }
}

async function look(deps: WatchDeps, before: SendingDomain): Promise<SendingDomain | undefined> {
  const { store, clock, rules, random } = deps;
  const checked = await verifyDkim(deps, before);
  const { domain, keys } = await verifyReturnPath(deps, checked.domain);
  const checkAt = nextLookAt(domain, keys, { now: clock.now(), everyMs: rules.checkEveryMs, random });
  return store.senders.updateDomain(domain.id, () => ({ checkAt }));
}

function tell(log: Log, before: SendingDomain, after: SendingDomain): void {
  const fields = { domain: after.name, accountId: after.accountId };
  if (before.proof === undefined && after.proof !== undefined) {
    log.info(fields, isDkimVerified(before) ? 'a domain may send again' : 'a domain is verified by its DKIM record');
  }
  if (before.proof !== undefined && after.proof === undefined) {
    log.error({ ...fields, problems: problemsOf(after) }, 'a domain may not send any more: its DKIM record is missing');
  } else if (before.watch.missingSince === undefined && after.watch.missingSince !== undefined) {
    log.warn({ ...fields, problems: problemsOf(after) }, 'the DKIM record of a domain is missing');
  } else if (before.watch.missingSince !== undefined && after.watch.missingSince === undefined) {
    log.info(fields, 'the DKIM record of a domain is there again');
  }
  const [had, has] = [returnPathOf(before), returnPathOf(after)];
  if (had === undefined && has !== undefined) log.info({ ...fields, returnPath: has }, 'a return path is verified');
  if (had !== undefined && has === undefined) {
    log.warn(
      { ...fields, returnPath: had, problems: after.watch.returnPathProblems },
      'a return path leads here no more',
    );
  }
}
