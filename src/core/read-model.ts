// Reads the model of a template send (contract management 5.6): an object, or its JSON as a text, as some clients send it.
import { API_ERRORS, type ApiError } from '../domain/api-error.ts';
import { modelRefused, TEMPLATE_API_ERRORS } from '../domain/template-api-errors.ts';
import { judgeModel, MODEL_LIMITS } from '../domain/template/judge-model.ts';
import { isObject, type JsonObject, type JsonValue } from '../domain/template/model-value.ts';

export type ModelRead =
  { readonly kind: 'model'; readonly model: JsonObject } | { readonly kind: 'refused'; readonly error: ApiError };

type ModelField = 'TemplateModel' | 'TestRenderModel';

/** `given` is whatever the JSON of a request held; null counts as absent. */
export function readModel(given: unknown, field: ModelField = 'TemplateModel'): ModelRead {
  if (given === undefined || given === null || given === '') {
    return refused(TEMPLATE_API_ERRORS.missing('TemplateModel'));
  }
  if (typeof given !== 'string') return judged(given as JsonValue, field);
  const { maxSize } = MODEL_LIMITS;
  if (given.length > TEXT_FACTOR * maxSize) return refused(modelRefused(field, { kind: 'too-large', limit: maxSize }));
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(given) as JsonValue;
  } catch {
    return refused(API_ERRORS.invalidFields([`$.${field}`]));
  }
  return judged(parsed, field);
}

/** With white space and escapes the text of a model is longer than what it holds. */
const TEXT_FACTOR = 2;

function judged(value: JsonValue, field: ModelField): ModelRead {
  if (!isObject(value)) return refused(API_ERRORS.invalidFields([`$.${field}`]));
  const problem = judgeModel(value);
  return problem === undefined ? { kind: 'model', model: value } : refused(modelRefused(field, problem));
}

function refused(error: ApiError): ModelRead {
  return { kind: 'refused', error };
}
