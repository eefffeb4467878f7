// The settings of a server as options of the command line, and in words. Values are judged by core/manage-servers, as they
// are over the API; what only the command line sets is judged here.
import { UsageError, type Given } from './command.ts';
import type { GivenServer } from '../../core/manage-servers.ts';
import type { Server, ServerSettings } from '../../domain/server.ts';

const TEXTS = {
  color: 'color',
  'track-links': 'trackLinks',
  'inbound-hook': 'inboundHookUrl',
  'inbound-domain': 'inboundDomain',
  'bounce-hook': 'bounceHookUrl',
  'delivery-hook': 'deliveryHookUrl',
  'open-hook': 'openHookUrl',
  'click-hook': 'clickHookUrl',
} as const satisfies Readonly<Record<string, keyof GivenServer>>;

const SWITCHES = {
  smtp: 'smtpApiActivated',
  'track-opens': 'trackOpens',
  'raw-email': 'rawEmailEnabled',
  'first-opens-only': 'postFirstOpenOnly',
  'bounce-content': 'includeBounceContentInHook',
  'smtp-error-hooks': 'enableSmtpApiErrorHooks',
} as const satisfies Readonly<Record<string, keyof GivenServer>>;

const TEXT = { type: 'string' } as const;

export const SETTING_OPTIONS = {
  color: TEXT,
  'track-links': TEXT,
  'inbound-hook': TEXT,
  'inbound-domain': TEXT,
  'inbound-spam-threshold': TEXT,
  'bounce-hook': TEXT,
  'delivery-hook': TEXT,
  'open-hook': TEXT,
  'click-hook': TEXT,
  smtp: TEXT,
  'smtp-refusals': TEXT,
  'track-opens': TEXT,
  'raw-email': TEXT,
  'first-opens-only': TEXT,
  'bounce-content': TEXT,
  'smtp-error-hooks': TEXT,
  'requests-per-minute': TEXT,
} as const;

export const SETTING_HELP = [
  'Settings:',
  '  --smtp on|off                       whether mail can be submitted over SMTP',
  '  --smtp-refusals Dialogue|Bounce     Dialogue answers 5xx after DATA; Bounce accepts and records an SMTPApiError',
  '  --track-opens on|off                on: a message cannot switch it off',
  '  --track-links None|HtmlAndText|HtmlOnly|TextOnly',
  '  --color <name>                      purple, blue, turquoise, green, red, yellow, grey or orange',
  '  --inbound-hook, --bounce-hook, --delivery-hook, --open-hook, --click-hook <url>       "" removes it',
  '  --inbound-domain <domain>           its MX must lead here; "" removes it',
  '  --inbound-spam-threshold <0-30>     0 is none',
  '  --raw-email, --first-opens-only, --bounce-content, --smtp-error-hooks on|off          what the hooks carry',
  '  --requests-per-minute <number>|none|default         over the API, all tokens together; default: BULKHEAD_RATE_LIMIT',
] as const;

type Values = Given<typeof SETTING_OPTIONS>['values'];

export interface WantedSettings {
  readonly given: GivenServer;
  /** What the API does not have. */
  readonly own: Partial<ServerSettings>;
}

export function readSettings(values: Values): WantedSettings {
  const given: Record<string, unknown> = {};
  for (const [option, field] of Object.entries(TEXTS)) {
    const value = values[option as keyof typeof TEXTS];
    if (value !== undefined) given[field] = value;
  }
  for (const [option, field] of Object.entries(SWITCHES)) {
    const value = values[option as keyof typeof SWITCHES];
    if (value !== undefined) given[field] = oneOf(`--${option}`, value, ['on', 'off'] as const) === 'on';
  }
  const threshold = values['inbound-spam-threshold'];
  // What is no number is beyond the bounds, which the core tells.
  if (threshold !== undefined) given['inboundSpamThreshold'] = /^\d{1,3}$/.test(threshold) ? Number(threshold) : -1;
  const refusals = values['smtp-refusals'];
  const perMinute = values['requests-per-minute'];
  return {
    given: given,
    own: {
      ...(refusals !== undefined && {
        smtpRefusals: oneOf('--smtp-refusals', refusals, ['Dialogue', 'Bounce'] as const),
      }),
      ...(perMinute !== undefined && { requestsPerMinute: rateLimit(perMinute) }),
    },
  };
}

const MOST_REQUESTS = 1_000_000;

function rateLimit(value: string): number | undefined {
  if (value === 'default') return undefined;
  if (value === 'none') return 0;
  const number = /^\d{1,7}$/.test(value) ? Number(value) : 0;
  if (number < 1 || number > MOST_REQUESTS)
    throw new UsageError(`--requests-per-minute must be a number from 1 to ${MOST_REQUESTS}, 'none' or 'default'`);
  return number;
}

function limitWords(perMinute: number | undefined): string {
  return perMinute === undefined ? 'default' : perMinute === 0 ? 'none' : String(perMinute);
}

/** All of them, a line each. */
export function settingLines({ settings }: Server): readonly string[] {
  const lines: (readonly [string, string])[] = [
    ['delivery', settings.deliveryType],
    ['color', settings.color],
    ['SMTP', onOff(settings.smtpApiActivated)],
    ['SMTP refusals', settings.smtpRefusals],
    ['track opens', onOff(settings.trackOpens)],
    ['track links', settings.trackLinks],
    ['inbound hook', settings.inboundHookUrl || '-'],
    ['inbound domain', settings.inboundDomain || '-'],
    ['inbound spam threshold', String(settings.inboundSpamThreshold)],
    ['raw email in hooks', onOff(settings.rawEmailEnabled)],
    ['bounce hook', settings.bounceHookUrl || '-'],
    ['delivery hook', settings.deliveryHookUrl || '-'],
    ['open hook', settings.openHookUrl || '-'],
    ['click hook', settings.clickHookUrl || '-'],
    ['first opens only', onOff(settings.postFirstOpenOnly)],
    ['bounce content in hooks', onOff(settings.includeBounceContentInHook)],
    ['SMTP errors in hooks', onOff(settings.enableSmtpApiErrorHooks)],
    ['requests a minute', limitWords(settings.requestsPerMinute)],
  ];
  return lines.map(([name, value]) => `${name.padEnd(NAME_WIDTH)}${value}`);
}

const NAME_WIDTH = 25;

export function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

function oneOf<T extends string>(option: string, value: string, names: readonly T[]): T {
  const found = names.find((name) => name.toLowerCase() === value.toLowerCase());
  if (found === undefined) throw new UsageError(`${option} must be one of ${names.join(', ')}`);
  return found;
}
