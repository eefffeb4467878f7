// Reads the configuration: the environment over bulkhead.toml over the defaults, all of it checked before anything opens.
// An unknown key or a bad value is one clear line each. The only file that looks at the environment.
import { readFileSync } from 'node:fs';
import { hostname as machineName } from 'node:os';
import { parse as parseToml } from 'smol-toml';
import { guardProblems } from './guard-settings.ts';
import type { Parsed } from './setting-values.ts';
import { SETTINGS, type Setting } from './settings.ts';
import { domainToAscii } from '../mail/idna.ts';

type Table = typeof SETTINGS;
export type SettingName = keyof Table;
type ValueOf<S> = S extends Setting<infer T> ? T : never;
type Values = { readonly [Name in SettingName]: ValueOf<Table[Name]> };

/** The values, with the names that are chosen at start filled in. */
export type Config = Omit<Values, 'hostname' | 'broadcastHostname' | 'returnPathDomain' | 'inboundDomain'> & {
  readonly hostname: string;
  readonly broadcastHostname: string;
  readonly returnPathDomain: string;
  readonly inboundDomain: string;
};

export type Source = 'default' | 'file' | 'environment';
export interface ConfigLine {
  readonly name: string;
  readonly value: string;
  readonly source: Source;
  readonly unit: string;
  readonly help: string;
}
export type ReadConfig =
  { readonly config: Config; readonly lines: readonly ConfigLine[] } | { readonly problems: readonly string[] };

const PREFIX = 'BULKHEAD_';
/** Variables of our own that are no settings: where the file is, and what the tests and scripts use. */
const NO_SETTINGS = new Set([`${PREFIX}CONFIG`]);

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
}

export function readConfig(sources: ConfigSources = { env: process.env, folder: process.cwd() }): ReadConfig {
  const problems: string[] = [];
  const file = readFile(sources, problems);
  const env = readEnvironment(sources.env, problems);
  const values: Record<string, unknown> = {};
  const lines: ConfigLine[] = [];
  for (const [name, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const variable = `${PREFIX}${setting.key.toUpperCase()}`;
    const [given, source]: [string, Source] = env.has(setting.key)
      ? [env.get(setting.key) ?? '', 'environment']
      : file.has(setting.key)
        ? [file.get(setting.key) ?? '', 'file']
        : [setting.fallback, 'default'];
    const parsed: Parsed<unknown> = setting.parse(given);
    if ('problem' in parsed)
      problems.push(
        `${source === 'file' ? setting.key : variable} is '${shown(setting, given)}', but must be ${parsed.problem}`,
      );
    else values[name] = parsed.value;
    lines.push({ name: variable, value: shown(setting, given), source, unit: setting.unit, help: setting.help });
  }
  if (problems.length > 0) return { problems };
  const config = complete(values as Values);
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
    return { problems: ['BULKHEAD_TLS_CERT and BULKHEAD_TLS_KEY belong together: give both or neither'] };
  }
  const misordered = guardProblems(config);
  return misordered.length > 0 ? { problems: misordered } : { config, lines };
}

function complete(values: Values): Config {
  const hostname = values.hostname ?? domainToAscii(machineName()) ?? 'bulkhead.localhost';
  return {
    ...values,
    hostname,
    broadcastHostname: values.broadcastHostname ?? `broadcasts.${hostname}`,
    returnPathDomain: values.returnPathDomain ?? hostname,
    inboundDomain: values.inboundDomain ?? `inbound.${hostname}`,
  };
}

function shown(setting: Setting<unknown>, value: string): string {
  return setting.secret === true && value !== '' ? '(set)' : value;
}

function readEnvironment(env: ConfigSources['env'], problems: string[]): Map<string, string> {
  const known = new Set(Object.values<Setting<unknown>>(SETTINGS).map((setting) => setting.key));
  const found = new Map<string, string>();
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || NO_SETTINGS.has(variable) || value === undefined) continue;
    const key = variable.slice(PREFIX.length).toLowerCase();
    if (known.has(key)) found.set(key, value);
    else problems.push(`${variable} is not a setting; 'bulkhead config' lists them`);
  }
  return found;
}

function readFile(sources: ConfigSources, problems: string[]): Map<string, string> {
  const named = sources.env[`${PREFIX}CONFIG`];
  const path = named ?? `${sources.folder}/bulkhead.toml`;
  const content = contentOf(path, named !== undefined, problems);
  const known = new Set(Object.values<Setting<unknown>>(SETTINGS).map((setting) => setting.key));
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(content)) {
    const written = asText(value);
    if (!known.has(key)) problems.push(`${path}: '${key}' is not a setting; 'bulkhead config' lists them`);
    else if (written === undefined)
      problems.push(`${path}: '${key}' must be a text, a number, true, false or a list of texts`);
    else found.set(key, written);
  }
  return found;
}

function contentOf(path: string, required: boolean, problems: string[]): Record<string, unknown> {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (required || !missing) problems.push(`${path} cannot be read: ${(error as Error).message}`);
    return {};
  }
  try {
    return parseToml(source);
  } catch (error) {
    problems.push(`${path} is not valid TOML: ${((error as Error).message.split('\n')[0] ?? '').trim()}`);
    return {};
  }
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',');
  return undefined;
}
