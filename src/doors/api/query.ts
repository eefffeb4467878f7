// Reads a query string: names without regard to case and underscores (a client says `clientName`), paging by the contract's bounds, dates in Eastern time.
//
// Every reading gives a usable value; what was wrong is collected, and the first of it is told to the client, so that a
// route reads all it needs and asks once whether it may go on (contract management 1.3 and 1.4).
import type { Page } from '../../ports/activity.ts';
import type { EasternTime, Edge } from './eastern-time.ts';

export interface Query {
  /** Trimmed; undefined where it is absent or empty. */
  text(name: string): string | undefined;
  /** `true` or `false` in any case. */
  flag(name: string): boolean | undefined;
  /** One of `values`, matched without regard to case. */
  choice<T extends string>(name: string, values: readonly T[]): T | undefined;
  /** Unix milliseconds. */
  time(name: string, edge: Edge): number | undefined;
  /** `count` 1 to 500 and `offset`, together at most 10,000; both required unless there are defaults. */
  page(defaults?: Page): Page;
  /** The one parameter whose name begins with `prefix`: the rest of its name as given, and its value. */
  prefixed(prefix: string): { readonly key: string; readonly value: string } | undefined;
  /** The first thing that was wrong with what has been read so far. */
  readonly problem: string | undefined;
}

export const MAX_COUNT = 500;
export const MAX_DEPTH = 10_000;

export function readQuery(given: unknown, eastern: EasternTime): Query {
  const entries = Object.entries((given ?? {}) as Readonly<Record<string, string | readonly string[]>>);
  const values = new Map(entries.map(([name, value]) => [plain(name), lastOf(value)]));
  const problems: string[] = [];
  const wrong = (text: string): undefined => {
    problems.push(text);
    return undefined;
  };
  const text = (name: string): string | undefined => values.get(plain(name))?.trim() || undefined;

  return {
    text,
    flag: (name) => toFlag(text(name), (what) => wrong(`The parameter '${name}' must be ${what}.`)),
    choice: (name, choices) =>
      toChoice(text(name), choices, (what) => wrong(`The parameter '${name}' must be ${what}.`)),
    time(name, edge) {
      const value = text(name);
      return value === undefined ? undefined : (eastern.parse(value, edge) ?? wrong(noTime(name)));
    },
    page(defaults) {
      const integer = (name: 'count' | 'offset', min: number, max: number): number =>
        toInteger(text(name), { min, max, fallback: defaults?.[name] }) ?? wrong(noInteger(name, min, max)) ?? min;
      const page = { count: integer('count', 1, MAX_COUNT), offset: integer('offset', 0, MAX_DEPTH) };
      if (page.count + page.offset > MAX_DEPTH)
        wrong(`'count' and 'offset' together cannot be more than ${MAX_DEPTH}.`);
      return page;
    },
    prefixed(prefix) {
      const found = entries.filter(([name]) => name.toLowerCase().startsWith(prefix) && name.length > prefix.length);
      if (found.length > 1) return wrong(`Only one parameter '${prefix}…' can be given.`);
      const [only] = found;
      return only && { key: only[0].slice(prefix.length), value: lastOf(only[1]) };
    },
    get problem() {
      return problems[0];
    },
  };
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}

/** A parameter that is given twice means its last value. */
function lastOf(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : (value.at(-1) ?? '');
}

type Wrong = (what: string) => undefined;

function toFlag(value: string | undefined, wrong: Wrong): boolean | undefined {
  const lower = value?.toLowerCase();
  if (lower === undefined) return undefined;
  return lower === 'true' || lower === 'false' ? lower === 'true' : wrong("'true' or 'false'");
}

function toChoice<T extends string>(value: string | undefined, choices: readonly T[], wrong: Wrong): T | undefined {
  const lower = value?.toLowerCase();
  if (lower === undefined) return undefined;
  return choices.find((choice) => choice.toLowerCase() === lower) ?? wrong(`one of ${choices.join(', ')}`);
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly fallback: number | undefined;
}

function toInteger(value: string | undefined, { min, max, fallback }: Range): number | undefined {
  if (value === undefined) return fallback;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : -1;
  return number >= min && number <= max ? number : undefined;
}

function noInteger(name: string, min: number, max: number): string {
  return `The parameter '${name}' is required: a whole number from ${min} to ${max}.`;
}

function noTime(name: string): string {
  return `The parameter '${name}' must be a date such as 2026-01-31 or a time such as 2026-01-31T14:00:00.`;
}
