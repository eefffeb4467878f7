// `bulkhead domain`: add, show, verify and trust sending domains.
import { parseArgs } from 'node:util';
import { UsageError, withControl, type CliHost, type Command, type ControlAccess, type ExitCode } from './command.ts';
import { addDomain, addEd25519Key, dkimHost, trustDomain, verifyDomain } from '../../core/verify-domain.ts';
import type { SendingDomain } from '../../domain/sender.ts';
import { domainToAscii } from '../../mail/idna.ts';

export const domainCommand: Command = {
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
  async run(args, host) {
    const [action, ...rest] = args;
    const { positionals, values } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: { ed25519: { type: 'boolean' } },
    });
    return withControl(host, async (control) => {
      switch (action) {
        case 'add':
        case 'trust': {
          const name = readName(positionals[0]);
          const make = action === 'add' ? addDomain : trustDomain;
          const { domain } = await make(control, control.accountId, name);
          if (values.ed25519 === true) await addEd25519Key(control, domain);
          return show(control, host, await known(control, name));
        }
        case 'show': {
          const chosen =
            positionals[0] === undefined
              ? await control.store.domains(control.accountId)
              : [await known(control, readName(positionals[0]))];
          for (const domain of chosen) await show(control, host, domain);
          if (chosen.length === 0) host.out("there is no sending domain yet; 'bulkhead domain add <domain>' adds one");
          return 0;
        }
        case 'verify':
          return verify(control, host, await known(control, readName(positionals[0])));
        default:
          throw new UsageError("say 'add', 'show', 'verify' or 'trust'");
      }
    });
  },
};

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
