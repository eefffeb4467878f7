// Reads a query string: names without regard to case, paging by the contract's bounds, dates in Eastern time.
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
  const values = new Map(entries.map(([name, value]) => [name.toLowerCase(), lastOf(value)]));
  const problems: string[] = [];
  const wrong = (text: string): undefined => {
    problems.push(text);
    return undefined;
  };
  const text = (name: string): string | undefined => values.get(name)?.trim() || undefined;

  const integer = (name: string, range: { min: number; max: number; fallback: number | undefined }): number => {
    const { min, max, fallback } = range;
    const value = text(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const number = value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : -1;
    if (number < min || number > max)
      wrong(`The parameter '${name}' is required: a whole number from ${min} to ${max}.`);
    return number;
  };

  return {
    text,
    flag(name) {
      const value = text(name)?.toLowerCase();
      if (value === undefined) return undefined;
      if (value === 'true' || value === 'false') return value === 'true';
      return wrong(`The parameter '${name}' must be 'true' or 'false'.`);
    },
    choice(name, choices) {
      const value = text(name)?.toLowerCase();
      if (value === undefined) return undefined;
      return (
        choices.find((choice) => choice.toLowerCase() === value) ??
        wrong(`The parameter '${name}' must be one of ${choices.join(', ')}.`)
      );
    },
    time(name, edge) {
      const value = text(name);
      if (value === undefined) return undefined;
      return (
        eastern.parse(value, edge) ??
        wrong(`The parameter '${name}' must be a date such as 2026-01-31 or a time such as 2026-01-31T14:00:00.`)
      );
    },
    page(defaults) {
      const count = integer('count', { min: 1, max: MAX_COUNT, fallback: defaults?.count });
      const offset = integer('offset', { min: 0, max: MAX_DEPTH, fallback: defaults?.offset });
      if (count + offset > MAX_DEPTH) wrong(`'count' and 'offset' together cannot be more than ${MAX_DEPTH}.`);
      return { count, offset };
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

/** A parameter that is given twice means its last value. */
function lastOf(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : (value.at(-1) ?? '');
}
