// The values of a model: JSON, as a client sent it. What is below a key, what counts as true, and how a value is printed
// (contract management 6.2, 6.4, 6.5).
//
// Only own keys of objects exist: nothing of a prototype is ever seen, and arrays and strings have no keys at all.

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Array.isArray` does not know of arrays that are read only. */
export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The one key that has a meaning in JavaScript when it is assigned. */
export const REFUSED_KEY = '__proto__';

/** null where there is nothing. */
export function valueBelow(value: JsonValue, key: string): JsonValue {
  if (!isObject(value) || key === REFUSED_KEY || !Object.hasOwn(value, key)) return null;
  return value[key] ?? null;
}

/**
 * False are null, false, 0, the empty text, the empty array and the empty object. `seen` keeps what is known of
 * objects: to look for the first key takes as long as an object has keys, and a loop can ask often.
 */
export function isTruthy(value: JsonValue, seen: WeakMap<JsonObject, boolean>): boolean {
  if (isArray(value)) return value.length > 0;
  if (!isObject(value)) return Boolean(value);
  const known = seen.get(value);
  if (known !== undefined) return known;
  const hasKeys = Object.keys(value).length > 0;
  seen.set(value, hasKeys);
  return hasKeys;
}

/** Objects and arrays print nothing; booleans are .NET's. */
export function printed(value: JsonValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return decimal(value);
    case 'boolean':
      return value ? 'True' : 'False';
    default:
      return '';
  }
}

/** Digits, never an exponent. JSON can say 1e999, which is no number that could be printed. */
function decimal(value: number): string {
  if (!Number.isFinite(value)) return '';
  const text = String(value);
  const exponentAt = text.indexOf('e');
  if (exponentAt === -1) return text;
  const exponent = Number(text.slice(exponentAt + 1));
  const mantissa = text.slice(0, exponentAt).replace('-', '');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const sign = value < 0 ? '-' : '';
  // The engine writes exponents for 1e21 and more, and for less than 1e-6: one digit before the dot, always.
  if (exponent > 0) return sign + whole + fraction.padEnd(exponent, '0');
  return `${sign}0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`;
}
