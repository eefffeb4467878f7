// `bulkhead start` and `bulkhead config`.
import type { Command } from './command.ts';

export const startCommand: Command = {
  name: 'start',
  summary: 'run the server: API, SMTP, lanes, all in this process',
  help: [
    'usage: bulkhead start',
    '',
    'Runs until SIGTERM or SIGINT; what is in flight is finished first (10 s at most) and nothing accepted is lost.',
    "Settings come from BULKHEAD_* variables and bulkhead.toml; 'bulkhead config' lists them.",
  ].join('\n'),
  run: (_args, host) => host.start(),
};

export const configCommand: Command = {
  name: 'config',
  summary: 'print every setting with its value, where it comes from, and what it does',
  help: [
    'usage: bulkhead config',
    '',
    'Checks the configuration and prints it. Secrets are shown as (set). Exit code 2 where something is wrong.',
  ].join('\n'),
  async run(_args, host) {
    for (const { name, value, source, unit, help } of host.settings) {
      host.out(`${name}=${value}`);
      host.out(`    ${help} (${unit}; ${source === 'default' ? 'default' : `from the ${source}`})`);
    }
    return 0;
  },
};
