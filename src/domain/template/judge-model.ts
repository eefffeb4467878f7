// Whether a model may be used with a template (contract management 5.6): no reserved key at its top, not too large, and not
// nested so deeply that what reads it after us would fail.
import { MAX_MODEL_DEPTH } from './infer-model.ts';
import type { JsonObject, JsonValue } from './model-value.ts';

export type ModelProblem =
  | { readonly kind: 'reserved-key'; readonly key: string }
  | { readonly kind: 'too-deep'; readonly limit: number }
  | { readonly kind: 'too-large'; readonly limit: number };

export interface ModelLimits {
  readonly maxDepth: number;
  /** Characters of texts and keys, and VALUE_WEIGHT for each value: about the bytes of its JSON. */
  readonly maxSize: number;
}

export const MODEL_LIMITS: ModelLimits = { maxDepth: MAX_MODEL_DEPTH, maxSize: 5_000_000 };

/** undefined for a good model. Does not recurse: JSON.parse accepts any nesting. Ends as soon as the model is too large. */
export function judgeModel(model: JsonObject, limits: Partial<ModelLimits> = {}): ModelProblem | undefined {
  const { maxDepth, maxSize } = { ...MODEL_LIMITS, ...limits };
  const key = Object.keys(model).find(isReserved);
  if (key !== undefined) return { kind: 'reserved-key', key };
  let size = 0;
  let level: readonly Container[] = [model];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) return { kind: 'too-deep', limit: maxDepth };
    const below: Container[] = [];
    for (const container of level) {
      size += sizeOf(container, below);
      if (size > maxSize) return { kind: 'too-large', limit: maxSize };
    }
    level = below;
  }
  return undefined;
}

type Container = JsonObject | readonly JsonValue[];

/** Names that the platform may fill in itself one day. */
function isReserved(key: string): boolean {
  return key.startsWith('pm:') || key.startsWith('@');
}

const VALUE_WEIGHT = 4;

/** Of what lies directly in it; containers within go to `below`. */
function sizeOf(container: Container, below: Container[]): number {
  let size = 0;
  const add = (value: JsonValue): void => {
    size += typeof value === 'string' ? VALUE_WEIGHT + value.length : VALUE_WEIGHT;
    if (typeof value === 'object' && value !== null) below.push(value);
  };
  if (isList(container)) {
    for (const value of container) add(value);
    return size;
  }
  for (const key of Object.keys(container)) {
    size += key.length;
    add(container[key] ?? null);
  }
  return size;
}

function isList(container: Container): container is readonly JsonValue[] {
  return Array.isArray(container);
}
