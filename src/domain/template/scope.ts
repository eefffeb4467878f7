// What a place in a template sees (contract management 6.3). People get this wrong: a section moves into its value and sees
// nothing outside. `../` goes back one step of a path, not one block: below {{#a.b}} it is `a`. In a loop the item's
// parent is the array, and the array's parent is what holds it. Above the root is the root.
import type { Path } from './compiled-template.ts';
import { valueBelow, type JsonValue } from './model-value.ts';

export interface Scope {
  readonly value: JsonValue;
  readonly parent: Scope | undefined;
}

/** Where a path leads, each of its steps a scope of its own. A path without keys adds none. */
export function scopeAt(from: Scope, path: Path): Scope {
  let scope = upwards(from, path.ups);
  for (const key of path.keys) scope = { value: valueBelow(scope.value, key), parent: scope };
  return scope;
}

/** The value of that scope, for those who do not go in. */
export function valueAt(from: Scope, path: Path): JsonValue {
  let { value } = upwards(from, path.ups);
  for (const key of path.keys) value = valueBelow(value, key);
  return value;
}

function upwards(from: Scope, ups: number): Scope {
  let scope = from;
  for (let left = ups; left > 0 && scope.parent !== undefined; left -= 1) scope = scope.parent;
  return scope;
}
