// The texts of everything that can be wrong with a template. Each says what to write instead, where that is known; what
// people bring along from Handlebars and Mustache is named as such (contract management 6, 6.2, 6.7).
import type { TemplateError } from './compiled-template.ts';

export type ErrorText = Omit<TemplateError, 'position'>;

export const TEMPLATE_ERRORS = {
  badPath: (path: string) => syntax(`The path '${shortened(path)}' is not valid.${hintFor(path)}`),
  eachWithoutPath: () => syntax("An 'each' block needs the path of an array: {{#each path}}."),
  badEndOfEach: () => syntax("An 'each' block is closed with {{/each}}, without spaces or anything else."),
  strayEndOfEach: () =>
    syntax("{{/each}} closes nothing: no 'each' block is open here, or a section within it is not closed yet."),
  mismatch: (path: string, open: { readonly isLoop: boolean; readonly path: string } | undefined) =>
    syntax(`{{/${shortened(path)}}} does not match what is open here: ${open ? `${opened(open)}` : 'nothing is'}.`),
  unclosed: (block: { readonly isLoop: boolean; readonly path: string }) =>
    syntax(
      `The block ${opened(block)} is never closed; close it with {{/${block.isLoop ? 'each' : shortened(block.path)}}}.`,
    ),
  tooManyTags: (most: number) => limit(`The template has more than ${most} tags; what follows was not read.`),
  longPath: (most: number) => limit(`A path is longer than ${most} characters.`),
  tooDeep: (most: number) => limit(`More than ${most} blocks lie within each other; what follows was not read.`),

  noPlaceholder: () =>
    placeholder('The layout content placeholder must be present: write {{{ @content }}} where the content belongs.'),
  secondPlaceholder: () => placeholder('The layout content placeholder {{{ @content }}} must be present only once.'),
  strayPlaceholder: () => placeholder('The layout content placeholder {{{ @content }}} may be used in layouts only.'),
  subjectOfLayout: () => placeholder('A layout has no subject.'),
} as const;

function syntax(message: string): ErrorText {
  return { rule: 'syntax', message };
}

function limit(message: string): ErrorText {
  return { rule: 'limit', message };
}

function placeholder(message: string): ErrorText {
  return { rule: 'placeholder', message };
}

function opened(block: { readonly isLoop: boolean; readonly path: string }): string {
  return block.isLoop ? `{{#each ${shortened(block.path)}}}` : `'${shortened(block.path)}'`;
}

const LONGEST_QUOTE = 60;

/** A path can be as long as the template. */
function shortened(text: string): string {
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}…`.toWellFormed();
}

/** The first that fits. What matches is at the start or one character, so that nothing goes back. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^if\s/, 'Instead of {{#if path}} … {{/if}} write {{#path}} … {{/path}}.'],
  [/^unless\s/, 'Instead of {{#unless path}} … {{/unless}} write {{^path}} … {{/path}}.'],
  [/^with\s/, 'Instead of {{#with path}} … {{/with}} write {{#path}} … {{/path}}.'],
  [/^else\s/, 'Instead of {{else}} write {{^path}} within {{#path}}.'],
  [/^[#^&!]/, 'No space may stand between the braces and #, ^, & or !.'],
  [/^>/, 'Partials are not supported; use a layout.'],
  [/^@content$/, 'The placeholder of layouts is written with three braces: {{{ @content }}}.'],
  [/^@/, 'Names that begin with @, such as @index, are not supported.'],
  [/^pm:unsubscribe/, 'It is written with three braces and nothing else: {{{ pm:unsubscribe }}}.'],
  [/^\.\.$/, "The parent itself is '../.'."],
  [/-/, 'Hyphens are not possible in names; use an underscore.'],
  [/\s/, 'Spaces are not possible in names.'],
];

function hintFor(path: string): string {
  const hint = HINTS.find(([pattern]) => pattern.test(path))?.[1];
  return ` ${hint ?? "Names consist of letters, digits and underscores, with dots between them and any number of '../' in front."}`;
}
