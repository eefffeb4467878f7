// Describes templates and what sends with them (contract management 5, sending 8).
import { Type } from 'typebox';
import {
  TemplatedBatchSchema,
  TemplatedEmailSchema,
  TemplatePushSchema,
  TemplateSchema,
  TemplateTrialSchema,
} from '../template.schema.ts';
import { done, flag, int, listOf, orNull, paging, text, type Descriptions } from './description.ts';
import { Sent, SentOfBatch } from './sending.ts';

const type = Type.Enum(['Standard', 'Layout']);
const summary = {
  TemplateId: int,
  Name: text,
  Active: flag,
  Alias: orNull(text),
  TemplateType: type,
  LayoutTemplate: orNull(text),
};
const Summary = Type.Object(summary);
const Template = Type.Object({
  ...summary,
  Subject: text,
  HtmlBody: text,
  TextBody: text,
  AssociatedServerId: int,
});

const Part = orNull(
  Type.Object({
    ContentIsValid: flag,
    ValidationErrors: listOf(Type.Object({ Message: text, Line: orNull(int), CharacterPosition: orNull(int) })),
    RenderedContent: orNull(text),
  }),
);
const Trial = Type.Object({
  AllContentIsValid: flag,
  HtmlBody: Part,
  TextBody: Part,
  Subject: Part,
  SuggestedTemplateModel: Type.Unknown(),
});

const Pushed = Type.Object({
  TotalCount: int,
  Templates: listOf(
    Type.Object({
      Action: Type.Enum(['Create', 'Edit']),
      TemplateId: Type.Optional(int),
      Alias: orNull(text),
      Name: text,
      TemplateType: type,
    }),
  ),
});

const of = { tag: 'Templates', token: 'server' } as const;
const EXAMPLE = { Name: 'Welcome', Alias: 'welcome', Subject: 'Hello {{name}}', TextBody: 'Hello, {{name}}!' };
const MAIL = {
  From: 'sender@example.com',
  To: 'receiver@example.net',
  TemplateAlias: 'welcome',
  TemplateModel: { name: 'Ann' },
};

export const TEMPLATES: Descriptions = {
  'POST /email/withTemplate': {
    tag: 'Sending',
    token: 'server',
    summary: 'Send one message made of a template',
    once: true,
    body: TemplatedEmailSchema,
    example: MAIL,
    answer: Sent,
    codes: [300, 400, 401, 402, 403, 406, 411, 1101, 1120, 1235, 1236],
  },
  'POST /email/batchWithTemplates': {
    tag: 'Sending',
    token: 'server',
    summary: 'Send up to 500 messages made of templates',
    more: 'One result for each message, in order.',
    once: true,
    body: TemplatedBatchSchema,
    example: { Messages: [MAIL] },
    answer: listOf(SentOfBatch),
    codes: [402, 403, 410],
  },
  'GET /templates': {
    ...of,
    summary: 'Templates of the server',
    query: {
      ...paging,
      templateType: Type.Enum(['All', 'Standard', 'Layout']),
      layoutTemplate: Type.String({ description: 'Those that are laid out by the layout of this alias.' }),
    },
    answer: Type.Object({ TotalCount: int, Templates: listOf(Summary) }),
    codes: [1100],
  },
  'GET /templates/{idOrAlias}': { ...of, summary: 'One template', answer: Template, codes: [1101] },
  'POST /templates': {
    ...of,
    summary: 'Make a template',
    body: TemplateSchema,
    example: EXAMPLE,
    answer: Summary,
    codes: [402, 403, 1101, 1105, 1109, 1120, 1121, 1122, 1123, 1131],
  },
  'PUT /templates/{idOrAlias}': {
    ...of,
    summary: 'Change a template',
    more: 'What is left out stays as it is.',
    body: TemplateSchema,
    example: { Subject: 'Welcome, {{name}}' },
    answer: Summary,
    codes: [402, 403, 1101, 1109, 1120, 1121, 1122, 1123, 1131],
  },
  'DELETE /templates/{idOrAlias}': { ...of, summary: 'Remove a template', answer: done, codes: [1101, 1130] },
  'POST /templates/validate': {
    ...of,
    summary: 'Try content out, with a model',
    body: TemplateTrialSchema,
    example: { Subject: 'Hello {{name}}', TextBody: 'Hello, {{name}}!', TestRenderModel: { name: 'Ann' } },
    answer: Trial,
    codes: [402, 403, 1101, 1109, 1120, 1121, 1122],
  },
  'PUT /templates/push': {
    ...of,
    token: 'account',
    summary: 'Bring the templates of one server to another',
    body: TemplatePushSchema,
    example: { SourceServerID: 1, DestinationServerID: 2, PerformChanges: false },
    answer: Pushed,
    codes: [402, 403, 601, 1109, 1124, 1125],
  },
};
