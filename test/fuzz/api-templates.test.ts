// Whatever a template holds, validate answers, and says the same as what keeps templates (contract management 5.4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fuzzRuns, joinedTokens } from '../support/fuzzing.ts';
import { openTemplateDoor } from '../support/template-door.ts';

const TOKENS: readonly string[] = [
  ...[
    '{{',
    '}}',
    '{{{',
    '}}}',
    '{{a}}',
    '{{a.b}}',
    '{{{a}}}',
    '{{&a}}',
    '{{.}}',
    '{{../a}}',
    '{{! c }}',
    '\n',
    '<',
    '&',
    'é',
    '😀',
  ],
  ...['{{#a}}', '{{/a}}', '{{^a}}', '{{#a.b}}', '{{/a.b}}', '{{#each a}}', '{{#each .}}', '{{#each a.b}}', '{{/each}}'],
  ...[
    '{{#if a}}',
    '{{else}}',
    '{{> x}}',
    '{{@content}}',
    '{{{ @content }}}',
    '{{{ pm:unsubscribe }}}',
    '{{__proto__}}',
  ],
  ...[
    '<style>p{color:red}</style>',
    '<style>',
    '</style>',
    '<p class=a>',
    '</p>',
    '<table>',
    '<!--',
    '-->',
    '<!DOCTYPE html>',
  ],
];
const source = joinedTokens(TOKENS, 25);
const part = fc.option(source, { nil: undefined });
const type = fc.constantFrom('Standard', 'Layout', undefined);

interface Part {
  readonly ContentIsValid: boolean;
  readonly ValidationErrors: readonly { readonly Message: string; readonly Line: number | null }[];
  readonly RenderedContent: string | null;
}

test('validate answers every template, and what it finds valid can be kept', async () => {
  const door = openTemplateDoor();
  const { app } = door;
  await app.ready();
  const property = fc.asyncProperty(
    source,
    part,
    part,
    type,
    fc.jsonValue(),
    async (html, text, subject, kind, model) => {
      const fields = {
        HtmlBody: html,
        TextBody: text,
        Subject: kind === 'Layout' ? undefined : subject,
        TemplateType: kind,
      };
      const answer = await door.call('POST', '/templates/validate', { ...fields, TestRenderModel: model });
      if (answer.status !== 200) {
        assert.ok([403, 1120, 1122].includes(answer.body.ErrorCode as number), JSON.stringify(answer));
        return;
      }
      const parts = [answer.body.HtmlBody, answer.body.TextBody, answer.body.Subject].filter(
        (each) => each !== null,
      ) as Part[];
      for (const each of parts) {
        assert.equal(each.ContentIsValid, each.ValidationErrors.length === 0);
        assert.equal(each.ContentIsValid, typeof each.RenderedContent === 'string');
      }
      assert.equal(
        answer.body.AllContentIsValid,
        parts.every(({ ContentIsValid }) => ContentIsValid),
      );
      const kept = await door.call('POST', '/templates', {
        ...fields,
        Name: 'N',
        Subject: fields.Subject || (kind === 'Layout' ? '' : 's'),
      });
      const parses = parts.every(({ ValidationErrors }) =>
        ValidationErrors.every(({ Line, Message }) => Line === null && !/placeholder/.test(Message)),
      );
      if (html !== '' || (text ?? '') !== '')
        assert.equal(kept.status === 200, parses, JSON.stringify([fields, kept.body, answer.body]));
      if (kept.status === 200) await door.call('DELETE', `/templates/${String(kept.body.TemplateId)}`);
    },
  );
  await fc.assert(property, fuzzRuns(150));
});
