// Whether a model may be used with a template (contract management 5.6): no reserved key at its top, and not nested so
// deeply that what reads it after us would fail. Its size in bytes is the door's, which has counted them.
import { MAX_MODEL_DEPTH } from './infer-model.ts';
import type { JsonObject, JsonValue } from './model-value.ts';

export type ModelProblem =
  { readonly kind: 'reserved-key'; readonly key: string } | { readonly kind: 'too-deep'; readonly limit: number };

/** undefined for a good model. Does not recurse: JSON.parse accepts any nesting. */
export function judgeModel(model: JsonObject, maxDepth = MAX_MODEL_DEPTH): ModelProblem | undefined {
  const key = Object.keys(model).find(isReserved);
  if (key !== undefined) return { kind: 'reserved-key', key };
  let level: JsonValue[] = [model];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) return { kind: 'too-deep', limit: maxDepth };
    level = level.flatMap(containersIn);
  }
  return undefined;
}

/** Names that the platform may fill in itself one day. */
function isReserved(key: string): boolean {
  return key.startsWith('pm:') || key.startsWith('@');
}

function containersIn(value: JsonValue): JsonValue[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values<JsonValue>(value).filter((below) => typeof below === 'object' && below !== null);
}
