// Templates as JSON (contract management 5.2, 5.4, 5.5).
import type { PushedTemplate } from '../../core/push-templates.ts';
import type { TemplateTried } from '../../core/try-template.ts';
import type { StoredTemplate, TemplateSummary } from '../../domain/template/stored-template.ts';
import type { PartReport } from '../../domain/template/validate-template.ts';

type Json = Readonly<Record<string, unknown>>;

/** In lists, and in answers to writes. */
export function presentTemplateSummary(template: TemplateSummary): Json {
  return {
    TemplateId: template.id,
    Name: template.name,
    Active: template.active,
    Alias: template.alias ?? null,
    TemplateType: template.type,
    LayoutTemplate: template.layout?.alias ?? null,
  };
}

/** What a template does not have is `""` where it is a text of its own. */
export function presentTemplate(template: StoredTemplate): Json {
  return {
    TemplateId: template.id,
    Name: template.name,
    Subject: template.subject ?? '',
    HtmlBody: template.htmlBody ?? '',
    TextBody: template.textBody ?? '',
    AssociatedServerId: template.serverId,
    Active: template.active,
    Alias: template.alias ?? null,
    TemplateType: template.type,
    LayoutTemplate: template.layout?.alias ?? null,
  };
}

export function presentTrial(tried: Extract<TemplateTried, { kind: 'validated' }>): Json {
  return {
    AllContentIsValid: tried.isAllValid,
    HtmlBody: presentPart(tried.parts.htmlBody),
    TextBody: presentPart(tried.parts.textBody),
    Subject: presentPart(tried.parts.subject),
    SuggestedTemplateModel: tried.suggestedModel,
  };
}

function presentPart(part: PartReport | null): Json | null {
  if (part === null) return null;
  return {
    ContentIsValid: part.isValid,
    ValidationErrors: part.errors.map(({ message, position }) => ({
      Message: message,
      Line: position?.line ?? null,
      CharacterPosition: position?.character ?? null,
    })),
    RenderedContent: part.rendered,
  };
}

export function presentPushed(templates: readonly PushedTemplate[]): Json {
  return {
    TotalCount: templates.length,
    Templates: templates.map(({ action, id, alias, name, type }) => ({
      Action: action,
      ...(id !== undefined && { TemplateId: id }),
      Alias: alias,
      Name: name,
      TemplateType: type,
    })),
  };
}
