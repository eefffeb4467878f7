// The OpenAPI 3.1 document of this API, made of the descriptions of its endpoints.
//
// Promises: the same descriptions give the same document, byte for byte; request bodies in it are the schemas that validate.
import type { TSchema } from 'typebox';
import { MAX_KEY_CHARS } from '../../../domain/request-errors.ts';
import { TAGS, type Description, type Descriptions, type Endpoint, type TokenKind } from './description.ts';

type Json = Readonly<Record<string, unknown>>;

export function openApiDocument(descriptions: Descriptions, { version }: { readonly version: string }): Json {
  const endpoints = Object.entries(descriptions) as [Endpoint, Description][];
  const used = new Set(endpoints.map(([, { tag }]) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bulkhead',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'The HTTP API of Bulkhead, which speaks as Postmark does. Every success is 200; every refusal is an `ErrorCode` and a `Message`, with the code in the header `X-PM-ApiErrorCode` too. Paths, names of parameters and of properties match without regard to case; `null` is the same as absent.',
    },
    servers: [{ url: '/' }],
    tags: TAGS.filter((tag) => used.has(tag)).map((name) => ({ name })),
    paths: pathsOf(endpoints),
    components: COMPONENTS,
  };
}

const COMPONENTS = {
  securitySchemes: {
    ServerToken: { type: 'apiKey', in: 'header', name: 'X-Postmark-Server-Token' },
    AccountToken: { type: 'apiKey', in: 'header', name: 'X-Postmark-Account-Token' },
  },
  schemas: {
    Error: {
      type: 'object',
      required: ['ErrorCode', 'Message'],
      properties: { ErrorCode: { type: 'integer' }, Message: { type: 'string' } },
    },
  },
} as const;

function pathsOf(endpoints: readonly [Endpoint, Description][]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [endpoint, description] of endpoints) {
    const [method = '', path = ''] = endpoint.split(' ');
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(endpoint, description);
  }
  return paths;
}

function operationOf(endpoint: Endpoint, description: Description): Json {
  const { tag, summary, more, token, ours, once, query = {}, body, example } = description;
  const parameters = [
    ...[...endpoint.matchAll(/\{(\w+)\}/g)].map(([, name]) => pathParameter(name ?? '')),
    ...Object.entries(query).map(([name, schema]) => queryParameter(name, schema)),
    ...(once ? [KEY] : []),
  ];
  return {
    operationId: operationId(endpoint),
    tags: [tag],
    summary,
    ...(more !== undefined && { description: more }),
    ...(ours && { 'x-bulkhead': true }),
    security: SECURITY[token],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: plain(body), ...(example !== undefined && { example }) } },
      },
    }),
    responses: responsesOf(description),
  };
}

const SECURITY: Readonly<Record<TokenKind, readonly Json[]>> = {
  server: [{ ServerToken: [] }],
  account: [{ AccountToken: [] }],
  either: [{ ServerToken: [] }, { AccountToken: [] }],
  public: [],
};

/** `GET /webhooks/{id}/statistics` is `getWebhooksByIdStatistics`. */
function operationId(endpoint: Endpoint): string {
  const words = endpoint
    .replace(/\{(\w+)\}/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  const [method = '', ...rest] = words;
  const names = rest.length === 0 ? ['root'] : rest;
  return method.toLowerCase() + names.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function pathParameter(name: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function queryParameter(name: string, schema: TSchema): Json {
  const { description, ...rest } = plain(schema) as Json & { readonly description?: string };
  return { name, in: 'query', ...(description !== undefined && { description }), schema: rest };
}

/** Ours. */
const KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same request made again within 24 hours gets the same answer, and sends nothing.',
  schema: { type: 'string', minLength: 1, maxLength: MAX_KEY_CHARS },
} as const;
const INVALID_KEY = 9003;

function responsesOf({ answer, codes = [], token, once, body, statuses = {} }: Description): Json {
  const refusals: [number, string][] = [
    ...(token === 'public' ? [] : [[401, 'No valid token of the right kind: code 10.'] as [number, string]]),
    ...(body ? BODY_REFUSALS : []),
    ...refusalsBy(once ? [...codes, INVALID_KEY] : codes),
    ...(once ? [[409, 'The `Idempotency-Key` was used for another request: code 9004.'] as [number, string]] : []),
    ...Object.entries(statuses).map(([status, words]): [number, string] => [Number(status), words]),
  ];
  return {
    200: { description: 'Done.', content: contentOf(answer) },
    ...Object.fromEntries(refusals.map(([status, description]) => [status, errorResponse(description)])),
  };
}

const BODY_REFUSALS: readonly [number, string][] = [
  [413, 'The body is too large.'],
  [415, 'The body is no JSON, or compressed: code 409.'],
];

function refusalsBy(codes: readonly number[]): [number, string][] {
  const missing = codes.filter((code) => code === 12);
  const others = codes.filter((code) => code !== 12);
  return [
    ...(missing.length > 0 ? [[404, 'There is no such thing: code 12.'] as [number, string]] : []),
    ...(others.length > 0 ? [[422, `Refused, with one of the codes ${others.join(', ')}.`] as [number, string]] : []),
  ];
}

function errorResponse(description: string): Json {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };
}

function contentOf(answer: TSchema | string): Json {
  if (typeof answer === 'string') return { [answer]: { schema: { type: 'string' } } };
  return { 'application/json': { schema: plain(answer) } };
}

/** As JSON has it: without what the library keeps beside it. */
function plain(schema: TSchema): unknown {
  return JSON.parse(JSON.stringify(schema));
}
