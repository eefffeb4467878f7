// Describes servers, their tokens and the rules for mail to them (contract management 2 and 10).
import { Type } from 'typebox';
import { InboundRuleSchema } from '../inbound-rules.schema.ts';
import { ServerSchema, ServerTokenSchema } from '../servers.schema.ts';
import { done, flag, int, listOf, orNull, paging, text, texts, time, type Descriptions } from './description.ts';
import { SERVER_COLORS, TRACK_LINKS } from '../../../domain/server.ts';

const Server = Type.Object({
  ID: int,
  Name: text,
  ApiTokens: texts,
  Color: Type.Enum([...SERVER_COLORS]),
  SmtpApiActivated: flag,
  RawEmailEnabled: flag,
  DeliveryType: Type.Enum(['Live', 'Sandbox']),
  ServerLink: text,
  InboundAddress: text,
  InboundHookUrl: text,
  BounceHookUrl: text,
  OpenHookUrl: text,
  DeliveryHookUrl: text,
  PostFirstOpenOnly: flag,
  InboundDomain: text,
  InboundHash: text,
  InboundSpamThreshold: int,
  TrackOpens: flag,
  TrackLinks: Type.Enum([...TRACK_LINKS]),
  IncludeBounceContentInHook: flag,
  ClickHookUrl: text,
  EnableSmtpApiErrorHooks: flag,
});

const Token = Type.Object({
  ID: int,
  Kind: Type.Enum(['Server', 'SMTP']),
  StreamID: Type.Optional(text),
  Token: Type.Optional(Type.String({ description: 'The text, only when it was just made.' })),
  Hint: Type.String({ description: 'Its first four characters.' }),
  CreatedAt: time,
  LastUsedAt: orNull(time),
  Streams: Type.Optional(texts),
  FromDomains: Type.Optional(texts),
  Networks: Type.Optional(texts),
  ExpiresAt: Type.Optional(time),
});

const Rule = Type.Object({ ID: int, Rule: text });

const of = { tag: 'Servers', token: 'account' } as const;
const own = { tag: 'Servers', token: 'server' } as const;
const inbound = { tag: 'Inbound', token: 'server' } as const;
const FIELDS = [402, 403, 602, 603, 606, 607, 608, 609, 610, 611, 612, 613] as const;

export const SERVERS: Descriptions = {
  'GET /server': { ...own, summary: 'The server of the token', answer: Server },
  'PUT /server': {
    ...own,
    summary: 'Change the server of the token',
    more: 'What is left out stays as it is. A token with limits may not.',
    body: ServerSchema,
    example: { TrackOpens: true },
    answer: Server,
    codes: [...FIELDS, 9002],
  },
  'GET /servers': {
    ...of,
    summary: 'Servers of the account',
    query: { ...paging, name: Type.String({ description: 'A part of the name.' }) },
    answer: Type.Object({ TotalCount: int, Servers: listOf(Server) }),
    codes: [600],
  },
  'GET /servers/{id}': { ...of, summary: 'One server', answer: Server, codes: [601] },
  'POST /servers': {
    ...of,
    summary: 'Make a server, with its default streams and a first token',
    body: ServerSchema,
    example: { Name: 'Receipts', Color: 'Blue' },
    answer: Server,
    codes: FIELDS,
  },
  'PUT /servers/{id}': {
    ...of,
    summary: 'Change a server',
    more: 'What is left out stays as it is.',
    body: ServerSchema,
    example: { Name: 'Bills' },
    answer: Server,
    codes: [601, ...FIELDS],
  },
  'DELETE /servers/{id}': {
    ...of,
    summary: 'Delete a server',
    more: 'Its tokens end at once; what was accepted is still delivered. Off unless BULKHEAD_SERVER_DELETION is true.',
    answer: done,
    codes: [601, 604, 605],
  },
  'GET /servers/{id}/tokens': {
    ...of,
    ours: true,
    summary: 'Live tokens of a server, with their limits and last use',
    answer: Type.Object({ TotalCount: int, Tokens: listOf(Token) }),
    codes: [601],
  },
  'POST /servers/{id}/tokens': {
    ...of,
    ours: true,
    summary: 'Make another token, with limits or without',
    more: 'To replace a token without a gap, make another, bring it into use, and revoke the old one.',
    body: ServerTokenSchema,
    example: { Streams: ['outbound'], FromDomains: ['example.com'] },
    answer: Token,
    codes: [402, 403, 601, 9002],
  },
  'DELETE /servers/{id}/tokens/{tokenId}': {
    ...of,
    ours: true,
    summary: 'Revoke a token',
    answer: done,
    codes: [12, 601],
  },
  'GET /triggers/inboundrules': {
    ...inbound,
    summary: 'Senders whose mail to the server is blocked',
    query: paging,
    answer: Type.Object({ TotalCount: int, InboundRules: listOf(Rule) }),
    codes: [800],
  },
  'POST /triggers/inboundrules': {
    ...inbound,
    summary: 'Block an address or a whole domain',
    body: InboundRuleSchema,
    example: { Rule: 'someone@example.com' },
    answer: Rule,
    codes: [402, 403, 800, 809, 810, 813],
  },
  'DELETE /triggers/inboundrules/{id}': { ...inbound, summary: 'Remove a rule', answer: done, codes: [812] },
  'GET /triggers/tags': {
    ...inbound,
    summary: 'Nothing: tracking by tag is no more, and old clients still ask',
    query: paging,
    answer: Type.Object({ TotalCount: int, Tags: Type.Array(text) }),
    codes: [800],
  },
};
