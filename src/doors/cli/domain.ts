// `bulkhead domain`: add, show, verify, renew, trust and remove sending domains.
import {
  UsageError,
  action,
  commandOf,
  type CliHost,
  type ControlAccess,
  type ExitCode,
  type Given,
} from './command.ts';
import { lines } from './lines.ts';
import {
  addDomain,
  addEd25519Key,
  renewKey,
  setReturnPath,
  trustDomain,
  viewOf,
  type DomainResult,
  type DomainView,
} from '../../core/manage-domains.ts';
import { verifyDkim, verifyReturnPath } from '../../core/verify-domain.ts';
import { dkimHost, isSafeToRemove, safeToRemoveAt, type DkimKey, type KeyState } from '../../domain/dkim-key.ts';
import { shownTime, type KeyFinding } from '../../domain/domain-standing.ts';
import { isDkimVerified, problemsOf, type SendingDomain } from '../../domain/sender.ts';
import { domainToAscii } from '../../mail/idna.ts';

const MADE = { words: 1, options: { ed25519: { type: 'boolean' }, 'return-path': { type: 'string' } } } as const;

export const domainCommand = commandOf(
  {
    name: 'domain',
    summary: 'add, show, verify, renew, trust or remove sending domains',
    help: [
      'usage: bulkhead domain add <domain> [--ed25519] [--return-path <host>]',
      '                                                    make its DKIM key and say which DNS records to publish',
      '       bulkhead domain show [<domain>]              its state, records and problems; all domains without a name',
      '       bulkhead domain verify <domain>              look for the records now',
      '       bulkhead domain rotate <domain>              make the key that comes next; it signs when its record is seen',
      '       bulkhead domain return-path <domain> <host>  where its bounces come back to; none takes it away',
      "       bulkhead domain trust <domain> [--ed25519]   take it as verified by the operator's word",
      '       bulkhead domain remove <domain>              nothing new is sent from it; what waits is sent and signed',
      '',
      'A domain that is neither verified nor trusted cannot be used in From. --ed25519 adds a second, shorter key.',
      'A running server looks at the records again each day, and warns before a domain may not send any more.',
    ].join('\n'),
  },
  {
    add: action(MADE, (given) =>
      make(given, (name) =>
        addDomain(given.control, given.control.accountId, { name, returnPathDomain: given.values['return-path'] }),
      ),
    ),
    show: action({ words: 1 }, ({ control, host, words }) => showAll(control, host, words[0])),
    verify: action({ words: 1 }, async ({ control, host, words }) =>
      verify(control, host, await known(control, readName(words[0]))),
    ),
    rotate: action({ words: 1 }, async ({ control, host, words }) => {
      const domain = await known(control, readName(words[0]));
      return told(control, host, await renewKey(control, await viewOf(control.store, domain)));
    }),
    'return-path': action({ words: 2 }, async ({ control, host, words }) => {
      if (words[1] === undefined) throw new UsageError("a host such as pm-bounces.example.com is needed, or 'none'");
      const domain = await known(control, readName(words[0]));
      return told(control, host, await setReturnPath(control, domain, words[1] === 'none' ? null : words[1]));
    }),
    trust: action(MADE, (given) =>
      make(given, async (name) => {
        const view = await trustDomain(given.control, given.control.accountId, name);
        const returnPath = given.values['return-path'];
        return returnPath === undefined
          ? { kind: 'done', view }
          : setReturnPath(given.control, view.domain, returnPath);
      }),
    ),
    remove: action({ words: 1 }, async ({ control, host, words }) => {
      const domain = await known(control, readName(words[0]));
      await control.store.senders.deleteDomain(domain.id);
      host.out(`${domain.name} is removed: nothing new is sent from it. Leave its DKIM record for a week`);
      return 0;
    }),
  },
);

async function make(
  { control, host, words, values }: Given<typeof MADE.options>,
  how: (name: string) => Promise<DomainResult>,
): Promise<ExitCode> {
  const name = readName(words[0]);
  const made = await how(name);
  if (made.kind === 'refused') return told(control, host, made);
  if (values.ed25519 === true) await addEd25519Key(control, made.view.domain);
  return show(control, host, await viewOf(control.store, await known(control, name)));
}

function told(control: ControlAccess, host: CliHost, result: DomainResult): ExitCode {
  if (result.kind === 'done') return show(control, host, result.view);
  host.err(result.error.message);
  return 1;
}

async function showAll(control: ControlAccess, host: CliHost, which: string | undefined): Promise<ExitCode> {
  const chosen =
    which === undefined
      ? (await control.store.senders.domains(control.accountId, ALL)).items
      : [await known(control, readName(which))];
  for (const domain of chosen) show(control, host, await viewOf(control.store, domain));
  if (chosen.length === 0) host.out("there is no sending domain yet; 'bulkhead domain add <domain>' adds one");
  return 0;
}

const ALL = { count: 10_000, offset: 0 };

function readName(text: string | undefined): string {
  const name = domainToAscii(text ?? '');
  if (name === undefined) throw new UsageError('a domain such as example.com is needed');
  return name;
}

async function known(control: ControlAccess, name: string): Promise<SendingDomain> {
  const domain = await control.store.senders.domain(control.accountId, name);
  if (domain === undefined) throw new Error(`there is no domain ${name}; 'bulkhead domain add ${name}' adds it`);
  return domain;
}

function show({ clock }: ControlAccess, host: CliHost, { domain, keys }: DomainView): ExitCode {
  host.out(`${domain.name}: ${stateOf(domain)}`);
  for (const key of keys) {
    host.out(`  TXT ${dkimHost(key)}`);
    host.out(`      ${key.recordValue}`);
    host.out(
      `      ${key.algorithm}, ${KEY_STATES[key.state]}${key.state === 'revoked' ? mayGo(key, clock.now()) : ''}`,
    );
  }
  if (domain.returnPathDomain !== undefined) {
    const verified = domain.returnPathVerifiedAt !== undefined;
    host.out(`  CNAME ${domain.returnPathDomain}, for return paths: ${verified ? 'verified, in use' : 'not verified'}`);
  }
  tellProblems(host, domain);
  return 0;
}

const KEY_STATES: Readonly<Record<KeyState, string>> = {
  pending: 'not signing until the record is seen',
  active: 'signing',
  revoked: 'revoked',
  left: 'left',
};

function mayGo(key: DkimKey, now: number): string {
  if (isSafeToRemove(key, now)) return ': its record may be removed';
  return `: leave its record until ${shownTime(safeToRemoveAt(key))}`;
}

function stateOf(domain: SendingDomain): string {
  if (domain.proof === 'operator') return "verified by the operator's word";
  if (domain.proof === 'dns') return 'verified by DNS';
  return isDkimVerified(domain) ? 'MAY NOT SEND any more' : 'not verified';
}

function tellProblems(host: CliHost, domain: SendingDomain): void {
  for (const problem of problemsOf(domain)) for (const line of lines('  ! ', problem)) host.out(line);
}

async function verify(control: ControlAccess, host: CliHost, domain: SendingDomain): Promise<ExitCode> {
  const { findings } = await verifyDkim(control, domain);
  for (const finding of findings) {
    host.out(`${MARKS[finding.state]} ${dkimHost(finding.key)}: ${finding.found}`);
    if (finding.state === 'absent') host.out(`       publish as TXT: ${finding.key.recordValue}`);
  }
  const { domain: now, isRight } = await verifyReturnPath(control, domain);
  if (now.returnPathDomain !== undefined) {
    const mark = isRight === undefined ? MARKS.unknown : isRight ? MARKS.right : MARKS.absent;
    host.out(`${mark} ${now.returnPathDomain}: for return paths`);
    if (isRight === false) host.out(`       publish as CNAME: ${control.rules.returnPathTarget}`);
  }
  tellProblems(host, now);
  host.out(now.proof === undefined ? `${domain.name} is not verified yet` : `${domain.name} is verified`);
  const all =
    findings.every(({ state }) => state === 'right') && (now.returnPathDomain === undefined || isRight === true);
  return all && now.proof !== undefined ? 0 : 1;
}

const MARKS: Readonly<Record<KeyFinding['state'], string>> = { right: 'ok    ', absent: 'FAILED', unknown: 'UNSURE' };
