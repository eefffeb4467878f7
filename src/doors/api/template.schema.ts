// The wire forms of the templates' endpoints (contract management 5) and of template sends (contract sending 8), by method and path.
// Types only; unknown properties are ignored, as clients send whole templates back.
import { Type } from 'typebox';
import { EmailSchema } from './email.schema.ts';

const text = (description: string) => Type.Optional(Type.String({ description }));

const TemplateProperties = {
  Name: text('255 characters at most; required for a new template.'),
  Alias: text(
    'Letters, digits, `.`, `-` and `_`, beginning with a letter; unique on its server. On a change `""` takes it away.',
  ),
  Subject: text('Required for a Standard template, not allowed in a Layout.'),
  HtmlBody: text('5 MB at most. One of HtmlBody and TextBody is required.'),
  TextBody: text('5 MB at most.'),
  TemplateType: text('`Standard` or `Layout`; cannot be changed.'),
  LayoutTemplate: text('Alias of a Layout; `""` takes it away.'),
};

export const TemplateSchema = Type.Object(TemplateProperties);

/** Some clients send the model as a text that holds JSON. */
const model = (description: string) => Type.Optional(Type.Unknown({ description }));

export const TemplateTrialSchema = Type.Object({
  Subject: TemplateProperties.Subject,
  HtmlBody: TemplateProperties.HtmlBody,
  TextBody: TemplateProperties.TextBody,
  TemplateType: TemplateProperties.TemplateType,
  LayoutTemplate: TemplateProperties.LayoutTemplate,
  TestRenderModel: model('An object; goes over the suggested model.'),
  InlineCssForHtmlTestRender: Type.Optional(Type.Boolean({ description: '`true` without it.' })),
});

/** Ids may be texts of digits. */
export const TemplatePushSchema = Type.Object({
  SourceServerID: Type.Unknown({ description: 'Id of a server of the account.' }),
  DestinationServerID: Type.Unknown({ description: 'Id of a server of the account.' }),
  PerformChanges: Type.Boolean({ description: '`false`: only says what would be done.' }),
});

/** Subject and bodies are there to be refused. */
export const TemplatedEmailSchema = Type.Object({
  ...EmailSchema.properties,
  TemplateId: Type.Optional(Type.Integer({ description: 'Wins over TemplateAlias.' })),
  TemplateAlias: text('One of TemplateId and TemplateAlias is required.'),
  TemplateModel: model('An object: the values for subject and bodies.'),
  InlineCss: Type.Optional(
    Type.Boolean({ description: '`true` without it: style blocks are moved into the elements.' }),
  ),
});

export const TemplatedBatchSchema = Type.Object({
  Messages: Type.Array(TemplatedEmailSchema, { description: '500 at most.' }),
});

export const TEMPLATE_BODIES = {
  'POST /templates': TemplateSchema,
  'PUT /templates/:idOrAlias': TemplateSchema,
  'POST /templates/validate': TemplateTrialSchema,
  'PUT /templates/push': TemplatePushSchema,
  'POST /email/withTemplate': TemplatedEmailSchema,
  'POST /email/batchWithTemplates': TemplatedBatchSchema,
} as const;
