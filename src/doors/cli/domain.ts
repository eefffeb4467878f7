// `bulkhead domain`: add, show, verify and trust sending domains.
import {
  UsageError,
  action,
  commandOf,
  type CliHost,
  type ControlAccess,
  type ExitCode,
  type Given,
} from './command.ts';
import { addDomain, addEd25519Key, dkimHost, trustDomain, verifyDomain } from '../../core/verify-domain.ts';
import type { SendingDomain } from '../../domain/sender.ts';
import { domainToAscii } from '../../mail/idna.ts';

const MADE = { words: 1, options: { ed25519: { type: 'boolean' } } } as const;

export const domainCommand = commandOf(
  {
    name: 'domain',
    summary: 'add, show, verify or trust sending domains',
    help: [
      'usage: bulkhead domain add <domain> [--ed25519]     make its DKIM key and say which DNS record to publish',
      '       bulkhead domain show [<domain>]              its state and its records; all domains without a name',
      '       bulkhead domain verify <domain>              look for the records now',
      "       bulkhead domain trust <domain> [--ed25519]   take it as verified by the operator's word",
      '',
      'A domain that is neither verified nor trusted cannot be used in From. --ed25519 adds a second, shorter key.',
    ].join('\n'),
  },
  {
    add: action(MADE, (given) => make(addDomain, given)),
    show: action({ words: 1 }, ({ control, host, words }) => showAll(control, host, words[0])),
    verify: action({ words: 1 }, async ({ control, host, words }) =>
      verify(control, host, await known(control, readName(words[0]))),
    ),
    trust: action(MADE, (given) => make(trustDomain, given)),
  },
);

type Making = Given<typeof MADE.options>;

async function make(
  how: typeof addDomain | typeof trustDomain,
  { control, host, words, values }: Making,
): Promise<ExitCode> {
  const name = readName(words[0]);
  const { domain } = await how(control, control.accountId, name);
  if (values.ed25519 === true) await addEd25519Key(control, domain);
  return show(control, host, await known(control, name));
}

async function showAll(control: ControlAccess, host: CliHost, which: string | undefined): Promise<ExitCode> {
  const chosen =
    which === undefined ? await control.store.domains(control.accountId) : [await known(control, readName(which))];
  for (const domain of chosen) await show(control, host, domain);
  if (chosen.length === 0) host.out("there is no sending domain yet; 'bulkhead domain add <domain>' adds one");
  return 0;
}

function readName(text: string | undefined): string {
  const name = domainToAscii(text ?? '');
  if (name === undefined) throw new UsageError('a domain such as example.com is needed');
  return name;
}

async function known(control: ControlAccess, name: string): Promise<SendingDomain> {
  const domain = await control.store.domain(control.accountId, name);
  if (domain === undefined) throw new Error(`there is no domain ${name}; 'bulkhead domain add ${name}' adds it`);
  return domain;
}

async function show(control: ControlAccess, host: CliHost, domain: SendingDomain): Promise<ExitCode> {
  const state =
    domain.proof === undefined
      ? 'not verified'
      : domain.proof === 'operator'
        ? "verified by the operator's word"
        : 'verified by DNS';
  host.out(`${domain.name}: ${state}`);
  for (const key of await control.store.dkimKeys(domain.name)) {
    host.out(`  TXT ${dkimHost(key)}`);
    host.out(`      ${key.recordValue}`);
    host.out(`      ${key.algorithm}, ${key.active ? 'signing' : 'not signing until the record is seen'}`);
  }
  return 0;
}

async function verify(control: ControlAccess, host: CliHost, domain: SendingDomain): Promise<ExitCode> {
  const checks = await verifyDomain(control, domain);
  for (const check of checks) {
    host.out(`${check.ok ? 'ok    ' : 'FAILED'} ${check.host}: ${check.found}`);
    if (!check.ok) host.out(`       publish as TXT: ${check.expected}`);
  }
  const now = await known(control, domain.name);
  host.out(now.proof === undefined ? `${domain.name} is not verified yet` : `${domain.name} is verified`);
  return checks.every((check) => check.ok) && now.proof !== undefined ? 0 : 1;
}
