// The OpenAPI document as the tests walk it: each endpoint with what it takes and gives.
import { readFileSync } from 'node:fs';
import { DESCRIPTIONS } from '../../src/doors/api/describe/descriptions.ts';
import { openApiDocument } from '../../src/doors/api/describe/open-api.ts';

export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly $ref?: string;
}

interface Content {
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': Content } };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content: Readonly<Record<string, Content>> }>
  >;
  readonly 'x-bulkhead'?: boolean;
}

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Described {
  readonly endpoint: string;
  readonly method: Verb;
  readonly path: string;
  readonly operation: Operation;
  readonly body: JsonSchema | undefined;
  readonly example: unknown;
  /** Of 200; undefined where it is no JSON. */
  readonly answer: JsonSchema | undefined;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: object; readonly schemas: object };
}

export const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

export const DOCUMENT = JSON.parse(
  JSON.stringify(openApiDocument(DESCRIPTIONS, { version: VERSION })),
) as OpenApiDocument;

export const ENDPOINTS: readonly Described[] = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const verb = method.toUpperCase() as Verb;
    const content = operation.requestBody?.content['application/json'];
    const answer = operation.responses['200']?.content['application/json']?.schema;
    const found = { endpoint: `${verb} ${path}`, method: verb, path, operation, body: content?.schema };
    return { ...found, example: content?.example, answer };
  }),
);

/** Whether a token of this kind opens the endpoint. */
export function takes({ operation }: Described, kind: 'ServerToken' | 'AccountToken'): boolean {
  return operation.security.some((scheme) => kind in scheme);
}

export function isPublic({ operation }: Described): boolean {
  return operation.security.length === 0;
}
