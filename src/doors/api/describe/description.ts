// What is told of an endpoint beside its code: what it is for, who may call it, what it takes and gives. The OpenAPI document is made of
// these, and the tests of bad input and of foreign tokens walk them.
//
// Bodies are the very schemas that validate; answers are checked against what the endpoints really say by those tests.
import { Type, type TSchema } from 'typebox';

export const TAGS = [
  'Sending',
  'Messages',
  'Bounces',
  'Message streams',
  'Suppressions',
  'Statistics',
  'Templates',
  'Webhooks',
  'Inbound',
  'Servers',
  'Domains',
  'Sender signatures',
  'Data removals',
  'Pools and addresses',
  'Installation',
] as const;
export type Tag = (typeof TAGS)[number];

/** Whose token is asked for; `public` endpoints ask for none. */
export type TokenKind = 'server' | 'account' | 'either' | 'public';
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** `GET /webhooks/{id}` */
export type Endpoint = `${Method} /${string}`;

export interface Description {
  readonly tag: Tag;
  /** A short line; `more` are further sentences. */
  readonly summary: string;
  readonly more?: string;
  readonly token: TokenKind;
  /** Not Postmark's. */
  readonly ours?: true;
  readonly query?: Readonly<Record<string, TSchema>>;
  readonly body?: TSchema;
  /** Takes an `Idempotency-Key`. */
  readonly once?: true;
  /** A body that works, for the page. */
  readonly example?: unknown;
  /** Of 200: a schema of JSON, or a media type for anything else. */
  readonly answer: TSchema | string;
  /** ErrorCodes of this family that it may answer with. */
  readonly codes?: readonly number[];
  /** Statuses beside 200 that say something else than an error. */
  readonly statuses?: Readonly<Record<number, string>>;
}

export type Descriptions = Readonly<Record<Endpoint, Description>>;

export const int = Type.Integer();
export const text = Type.String();
export const flag = Type.Boolean();
export const number = Type.Number();
export const time = Type.String({ format: 'date-time', examples: ['2026-11-05T16:33:54.9070000Z'] });
export const texts = Type.Array(text);

export function orNull<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

export function listOf<T extends TSchema>(schema: T) {
  return Type.Array(schema);
}

/** What most deletions answer with. */
export const done = Type.Object({ ErrorCode: int, Message: text }, { description: '`ErrorCode` is 0.' });

/** Of lists: both are required. */
export const paging = {
  count: Type.Integer({ minimum: 1, maximum: 500, description: 'How many; required.' }),
  offset: Type.Integer({ minimum: 0, maximum: 10_000, description: 'How many to leave out before; required.' }),
} as const;

export const streamQuery = {
  messagestream: Type.String({ description: 'Id of a stream.' }),
} as const;

export const dates = {
  fromdate: Type.String({ description: 'First day or time, US Eastern without a zone, such as 2026-01-31.' }),
  todate: Type.String({ description: 'Last day or time, inclusive.' }),
} as const;
