// JSON by a schema: values that fit it, the same with something wrong in them, and what an answer says beside its schema.
import fc from 'fast-check';
import type { JsonSchema } from './open-api.ts';

const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e\u200b',
  'é\u0301漢字😀',
  '__proto__',
  'constructor',
  "'; drop table server; --",
  '<script>',
  '../../etc/passwd',
  'ann@example.com',
  'outbound',
  'https://example.com/',
  '2026-13-45',
  'x'.repeat(5000),
];
const someText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'binary', maxLength: 20 }));
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 2,
  [],
  [null],
  [[[[[[]]]]]],
  {},
  { a: { b: { c: {} } } },
  ...ODD_TEXTS,
];
const ODD_KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', '$ref', 'Extra'];

/** Every property is there or not. */
export function valueOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valueOf));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'string':
      return someText;
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.oneof(fc.constantFrom(0, 1, 2), fc.maxSafeInteger());
    case 'number':
      return fc.double({ noNaN: true });
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueOf(schema.items ?? {}), { maxLength: 3 });
    default:
      return objectOf(schema);
  }
}

function objectOf({ properties, patternProperties }: JsonSchema): fc.Arbitrary<unknown> {
  const [record] = Object.values(patternProperties ?? {});
  if (record !== undefined) return fc.dictionary(fc.oneof(fc.constantFrom(...ODD_KEYS), someText), valueOf(record));
  if (properties === undefined) return fc.oneof(fc.constantFrom(...ODD_VALUES), fc.jsonValue());
  const entries = Object.entries(properties).map(([name, schema]) => [name, valueOf(schema)] as const);
  return fc.record(Object.fromEntries(entries), { requiredKeys: [] });
}

/** As it is sent: a value that fits, often with one place of it made wrong, or no JSON at all. */
export function bodyOf(schema: JsonSchema, example: unknown): fc.Arbitrary<string> {
  const good = fc.oneof(valueOf(schema), fc.constant(example));
  const mutated = fc
    .tuple(good, fc.nat(), fc.oneof(fc.constantFrom(...ODD_VALUES), fc.jsonValue()), fc.constantFrom(...ODD_KEYS))
    .map(([value, at, odd, key]) => mutate(value, { at, odd, key }));
  return fc.oneof(
    { weight: 3, arbitrary: good.map(asJson) },
    { weight: 6, arbitrary: mutated.map(asJson) },
    { weight: 1, arbitrary: fc.constantFrom(...NO_BODIES) },
  );
}

const NO_BODIES: readonly string[] = [
  '',
  'null',
  '[]',
  '{}',
  '""',
  '1e999',
  '{"a":1,}',
  '{',
  '\ufeff{}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '['.repeat(20_000),
  `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
  `{"Name":"${'x'.repeat(70_000)}"}`,
];

function asJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

interface Mutation {
  /** Which place, counted through all of them. */
  readonly at: number;
  readonly odd: unknown;
  readonly key: string;
}

/** One place is replaced, or gets a property more. */
function mutate(value: unknown, { at, odd, key }: Mutation): unknown {
  if (typeof value !== 'object' || value === null) return odd;
  const keys = Object.keys(value);
  const place = at % (keys.length + 1);
  const copy: unknown[] | Record<string, unknown> = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  const name = keys[place];
  const next = Math.floor(at / (keys.length + 1));
  const inner = name === undefined ? odd : next % 3 === 0 ? odd : mutate(value[name as never], { at: next, odd, key });
  // Not by assignment, which would set the prototype.
  Object.defineProperty(copy, name ?? (Array.isArray(copy) ? copy.length : key), {
    ...{ value: inner, enumerable: true, configurable: true, writable: true },
  });
  return copy;
}

/** Paths of an answer that its schema does not name. */
export function undescribed(schema: JsonSchema, value: unknown, path = '$'): readonly string[] {
  if (schema.anyOf !== undefined) {
    const all = schema.anyOf.map((choice) => undescribed(choice, value, path));
    return all.find((found) => found.length === 0) ?? all[0] ?? [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => undescribed(schema.items ?? {}, item, `${path}[${index}]`));
  }
  const { properties } = schema;
  if (typeof value !== 'object' || value === null || properties === undefined) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = properties[key];
    if (own !== undefined) return undescribed(own, inner, `${path}.${key}`);
    return schema.additionalProperties === undefined ? [`${path}.${key}`] : [];
  });
}
