// Compiles the text of a template, or says everything that is wrong with it (contract management 6.1, 6.7).
//
// Promises: never throws; time and memory linear in the text; no more tags, nesting and errors than the limits say.
// Leaves to others: where a layout's placeholder may stand (check-part.ts), and keeping what was compiled
// (core/sendable-template.ts).
//
// As the engine does: a tag of the block that is open, `{{^x}}` or `{{#x}}` in `{{#x}}`, closes it and opens the next (that
// is its form of else); a mismatched close closes nothing; a path is judged wherever it is written, in closing tags too.
import type { CompiledTemplate, Op, Path, TemplateError } from './compiled-template.ts';
import { locate, locateErrors, type FoundError } from './locate.ts';
import { nextTag, type Tag } from './next-tag.ts';
import { parsePath } from './parse-path.ts';
import { readTag, type Said } from './read-tag.ts';
import { TEMPLATE_ERRORS, type ErrorText } from './template-errors.ts';

export interface TemplateLimits {
  /** Tags of one template; each takes memory of its own. */
  readonly maxTags: number;
  /** Blocks within blocks. */
  readonly maxDepth: number;
  /** Characters of one path. */
  readonly maxPath: number;
  /** Errors that are told; reading ends there. */
  readonly maxErrors: number;
}

export const TEMPLATE_LIMITS: TemplateLimits = { maxTags: 20_000, maxDepth: 100, maxPath: 1_000, maxErrors: 100 };

export type ParseResult =
  | { readonly kind: 'compiled'; readonly template: CompiledTemplate }
  /** Ordered by position; at least one. */
  | { readonly kind: 'invalid'; readonly errors: readonly TemplateError[] };

export function parseTemplate(source: string, limits: TemplateLimits = TEMPLATE_LIMITS): ParseResult {
  const draft: Draft = { ops: [], open: [], errors: [], placeholders: [], limits, tags: 0, stopped: false };
  let at = 0;
  for (let tag = nextTag(source, 0); tag !== undefined && !draft.stopped; tag = nextTag(source, at)) {
    addText(draft, source.slice(at, tag.start));
    addTag(draft, tag);
    at = tag.end;
  }
  addText(draft, source.slice(at));
  if (!draft.stopped) refuseUnclosed(draft);
  return finish(draft, source);
}

interface Draft {
  readonly ops: Op[];
  readonly open: OpenBlock[];
  readonly errors: FoundError[];
  /** Offsets. */
  readonly placeholders: number[];
  readonly limits: TemplateLimits;
  tags: number;
  /** A limit was met, and the rest is not read. */
  stopped: boolean;
}

interface OpenBlock {
  readonly isLoop: boolean;
  /** As written; what a closing tag must repeat. */
  readonly path: string;
  readonly offset: number;
  op: { end: number };
}

function addText(draft: Draft, text: string): void {
  if (text === '' || draft.stopped) return;
  const last = draft.ops.at(-1);
  const bytes = Buffer.byteLength(text);
  if (last?.kind !== 'text') return void draft.ops.push({ kind: 'text', text, bytes, cost: 1 });
  // Around a comment. Only the new part is measured: there may be many.
  draft.ops[draft.ops.length - 1] = { kind: 'text', text: last.text + text, bytes: last.bytes + bytes, cost: 1 };
}

function addTag(draft: Draft, tag: Tag): void {
  draft.tags += 1;
  if (draft.tags > draft.limits.maxTags) return stop(draft, tag, TEMPLATE_ERRORS.tooManyTags(draft.limits.maxTags));
  const said = readTag(tag);
  switch (said.kind) {
    case 'comment':
      return;
    case 'kept':
      return addText(draft, `{{{${tag.body}}}}`);
    case 'content':
      return addPlaceholder(draft, tag);
    case 'value':
      return addValue(draft, tag, said);
    case 'each':
      if (said.path === undefined) refuse(draft, tag.start, TEMPLATE_ERRORS.eachWithoutPath());
      return open(draft, tag, { kind: 'each', path: said.path ?? '.' });
    case 'section':
    case 'inverted':
      return openOrTurn(draft, tag, { kind: said.kind, path: said.path });
    case 'close-each':
      return closeEach(draft, tag, said.exact);
    case 'close':
      return closeSection(draft, tag, said.path);
  }
}

function addPlaceholder(draft: Draft, tag: Tag): void {
  const text = `{{{${tag.body}}}}`;
  draft.placeholders.push(tag.start);
  draft.ops.push({ kind: 'content', text, bytes: Buffer.byteLength(text), cost: 1 });
}

function addValue(draft: Draft, tag: Tag, said: Extract<Said, { kind: 'value' }>): void {
  const path = validated(draft, tag, said.path);
  draft.ops.push({ kind: 'value', path, escaped: said.escaped, cost: costOf(path) });
}

interface Opening {
  readonly kind: 'section' | 'inverted' | 'each';
  readonly path: string;
}

function openOrTurn(draft: Draft, tag: Tag, opening: Opening): void {
  const top = draft.open.at(-1);
  if (top === undefined || top.isLoop || top.path !== opening.path) return open(draft, tag, opening);
  // The second half of an else: what was open keeps its place, for the error should it never be closed.
  endBlock(draft, top);
  top.op = addBlockOp(draft, tag, opening);
}

function open(draft: Draft, tag: Tag, opening: Opening): void {
  if (draft.open.length >= draft.limits.maxDepth)
    return stop(draft, tag, TEMPLATE_ERRORS.tooDeep(draft.limits.maxDepth));
  const op = addBlockOp(draft, tag, opening);
  draft.open.push({ isLoop: opening.kind === 'each', path: opening.path, offset: tag.start, op });
}

function addBlockOp(draft: Draft, tag: Tag, opening: Opening): { end: number } {
  const path = validated(draft, tag, opening.path);
  const op = { kind: opening.kind, path, end: 0, cost: costOf(path) };
  draft.ops.push(op);
  return op;
}

function endBlock(draft: Draft, block: OpenBlock): void {
  block.op.end = draft.ops.length;
  draft.ops.push({ kind: block.isLoop ? 'again' : 'end', cost: 1 });
}

function closeEach(draft: Draft, tag: Tag, isExact: boolean): void {
  const top = draft.open.at(-1);
  if (!isExact) return refuse(draft, tag.start, TEMPLATE_ERRORS.badEndOfEach());
  if (!top?.isLoop) return refuse(draft, tag.start, TEMPLATE_ERRORS.strayEndOfEach());
  endBlock(draft, top);
  draft.open.pop();
}

function closeSection(draft: Draft, tag: Tag, path: string): void {
  const top = draft.open.at(-1);
  if (top === undefined || top.isLoop || top.path !== path) {
    return refuse(draft, tag.start, TEMPLATE_ERRORS.mismatch(path, top));
  }
  validated(draft, tag, path);
  endBlock(draft, top);
  draft.open.pop();
}

const NOTHING: Path = { ups: 0, keys: [], text: '' };

function validated(draft: Draft, tag: Tag, text: string): Path {
  const { maxPath } = draft.limits;
  const isTooLong = text.length > maxPath;
  if (isTooLong) refuse(draft, tag.start, TEMPLATE_ERRORS.longPath(maxPath));
  const path = isTooLong ? NOTHING : parsePath(text);
  if (path === undefined) refuse(draft, tag.start, TEMPLATE_ERRORS.badPath(text));
  return path ?? NOTHING;
}

function costOf(path: Path): number {
  return 1 + path.ups + path.keys.length;
}

function refuse(draft: Draft, offset: number, text: ErrorText): void {
  if (draft.stopped) return;
  draft.errors.push({ offset, text });
  if (draft.errors.length >= draft.limits.maxErrors) draft.stopped = true;
}

function stop(draft: Draft, tag: Tag, text: ErrorText): void {
  refuse(draft, tag.start, text);
  draft.stopped = true;
}

function refuseUnclosed(draft: Draft): void {
  for (const block of draft.open) refuse(draft, block.offset, TEMPLATE_ERRORS.unclosed(block));
}

/** Rough sizes in memory: of an operation with its path, and of a character. */
const OP_BYTES = 160;
const CHARACTER_BYTES = 2;

function finish(draft: Draft, source: string): ParseResult {
  if (draft.errors.length > 0) return { kind: 'invalid', errors: locateErrors(source, draft.errors) };
  const weight = CHARACTER_BYTES * source.length + OP_BYTES * draft.ops.length;
  return {
    kind: 'compiled',
    template: { ops: draft.ops, placeholders: locate(source, draft.placeholders), weight },
  };
}
