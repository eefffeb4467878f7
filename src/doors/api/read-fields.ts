// Reads a JSON value by a schema, as forgivingly as clients need and no more (contract sending 5, management 21).
//
// Names of properties match without regard to case, with the exact spelling preferred; `null` counts as absent, except where
// the schema has it as a choice (a union with null), which is how something is cleared; unknown properties are ignored; everything else must have the type that the schema says. Nothing is required here: which
// absence is an error is a rule, and rules belong to the core. Bad fields are named by JSON path (`$.Headers[0].Name`),
// at most ten of them. The result holds only properties of the schema and keys of records as own properties, so
// that `__proto__` and its kin are plain data.
import type { Static, TSchema } from 'typebox';

/** What is left of a type when every property may be absent. */
export type Readable<T> = T extends readonly (infer Item)[]
  ? readonly Readable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Readable<T[Key]> }
    : T;

export type FieldsRead<T> =
  | { readonly kind: 'read'; readonly value: Readable<T> }
  | { readonly kind: 'invalid'; readonly fields: readonly string[] };

export type FieldReader<T> = (value: unknown) => FieldsRead<T>;

/** Compiles once; the reader itself is cheap. */
export function fieldReader<S extends TSchema>(schema: S): FieldReader<Static<S>> {
  const step = compile(schema);
  return (value) => {
    const bad: string[] = [];
    const read = value === null || value === undefined ? wrong('$', bad) : step(value, '$', bad);
    return bad.length > 0 ? { kind: 'invalid', fields: bad } : { kind: 'read', value: read as Readable<Static<S>> };
  };
}

/** The parts of JSON Schema that our schemas use. */
interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly maxItems?: number;
}

/** Gives the value as read, or pushes its path; `value` is neither null nor undefined. */
type Step = (value: unknown, path: string, bad: string[]) => unknown;

const MOST_BAD_FIELDS = 10;

function compile(schema: JsonSchema): Step {
  const choice = schema.anyOf?.find(({ type }) => type !== 'null');
  if (choice !== undefined) return compile(choice);
  if (schema.enum !== undefined) return enumStep(schema.enum);
  if (schema.type === 'string') return readString;
  if (schema.type === 'boolean') return (value, path, bad) => (typeof value === 'boolean' ? value : wrong(path, bad));
  if (schema.type === 'integer') return (value, path, bad) => (Number.isSafeInteger(value) ? value : wrong(path, bad));
  if (schema.type === 'array' && schema.items !== undefined) return arrayStep(schema, compile(schema.items));
  const record = schema.patternProperties && Object.values(schema.patternProperties)[0];
  if (record !== undefined) return recordStep(compile(record));
  if (schema.properties !== undefined) return objectStep(schema.properties);
  if (schema.type === undefined) return (value) => value;
  throw new Error(`fields of type ${String(schema.type)} cannot be read`);
}

/** A lone surrogate has no UTF-8 form: it becomes U+FFFD here, and not by chance somewhere later. */
const readString: Step = (value, path, bad) => {
  if (typeof value !== 'string') return wrong(path, bad);
  return value.isWellFormed() ? value : value.toWellFormed();
};

/** Names are matched without regard to case; an empty text is how some clients leave a choice out. */
function enumStep(names: readonly string[]): Step {
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  return (value, path, bad) => {
    if (typeof value !== 'string') return wrong(path, bad);
    return value === '' ? undefined : (byLowerCase.get(value.toLowerCase()) ?? wrong(path, bad));
  };
}

function arrayStep({ maxItems = Infinity }: JsonSchema, item: Step): Step {
  return (value, path, bad) => {
    if (!Array.isArray(value) || value.length > maxItems) return wrong(path, bad);
    const read: unknown[] = [];
    for (let index = 0; index < value.length && bad.length < MOST_BAD_FIELDS; index++) {
      const at = `${path}[${index}]`;
      const given: unknown = value[index];
      read.push(given === null || given === undefined ? wrong(at, bad) : item(given, at, bad));
    }
    return read;
  };
}

/** A wrong value names the record and not its key, which is the client's text and has no bound. */
function recordStep(item: Step): Step {
  return (value, path, bad) => {
    if (!isObject(value)) return wrong(path, bad);
    const inside: string[] = [];
    const entries: [string, unknown][] = [];
    for (const key of Object.keys(value)) {
      const given = value[key];
      if (given !== null && given !== undefined) entries.push([key, item(given, path, inside)]);
      if (inside.length > 0) return wrong(path, bad);
    }
    return Object.fromEntries(entries);
  };
}

function objectStep(properties: Readonly<Record<string, JsonSchema>>): Step {
  const known = Object.entries(properties).map(([name, schema]) => ({
    name,
    step: compile(schema),
    path: `.${name}`,
    takesNull: schema.anyOf?.some(({ type }) => type === 'null') === true,
  }));
  const byName = new Map(
    known.flatMap((field) => [[field.name, field] as const, [field.name.toLowerCase(), field] as const]),
  );
  return (value, path, bad) => {
    if (!isObject(value)) return wrong(path, bad);
    const read: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const field = byName.get(key) ?? byName.get(key.toLowerCase());
      const given = value[key];
      if (field === undefined || given === undefined) continue;
      if (field.name !== key && hasValue(value, field.name)) continue;
      if (given === null) {
        if (field.takesNull) read[field.name] = null;
        continue;
      }
      read[field.name] = field.step(given, path + field.path, bad);
      if (bad.length >= MOST_BAD_FIELDS) break;
    }
    return read;
  };
}

function hasValue(object: Readonly<Record<string, unknown>>, name: string): boolean {
  return Object.hasOwn(object, name) && object[name] !== null && object[name] !== undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(path: string, bad: string[]): undefined {
  bad.push(path);
  return undefined;
}
