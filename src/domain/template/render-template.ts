// Renders a compiled template with a model (contract management 6.3 to 6.6). Pure: the same in, the same out.
//
// Promises: never throws, never recurses; ends after the steps, the nesting or the output that the limits allow, whatever
// template and model are. A step is an operation, a `../`, or a key of a path; each takes about the same time. Memory is
// bound by the output.
import type { BlockOp, CompiledTemplate, Op, Path } from './compiled-template.ts';
import { escapeHtml } from './escape-html.ts';
import { isArray, isTruthy, printed, type JsonObject } from './model-value.ts';
import { scopeAt, valueAt, type Scope } from './scope.ts';

export interface RenderLimits {
  readonly maxSteps: number;
  /** Blocks, loops and layouts within each other. */
  readonly maxDepth: number;
  /** UTF-8. */
  readonly maxOutputBytes: number;
}

/** The output is the largest body of a message (contract sending 25); the steps take some 50 ms. */
export const RENDER_LIMITS: RenderLimits = { maxSteps: 250_000, maxDepth: 250, maxOutputBytes: 5_000_000 };

export interface RenderJob {
  readonly template: CompiledTemplate;
  /** What a layout shows at its placeholder. Without it the placeholder stays as it is written. */
  readonly content?: CompiledTemplate | undefined;
  readonly model: JsonObject;
  /** True for HTML; false leaves every value as it is. */
  readonly escape: boolean;
}

export type RenderProblem =
  | { readonly kind: 'too-much'; readonly bound: 'steps' | 'depth' | 'output'; readonly limit: number }
  /** `path` is looped over and is no array. */
  | { readonly kind: 'not-an-array'; readonly path: string };

export type RenderResult = { readonly kind: 'rendered'; readonly text: string } | RenderProblem;

export function renderTemplate(job: RenderJob, limits: RenderLimits = RENDER_LIMITS): RenderResult {
  const run = newRun(job, limits);
  while (run.problem === undefined) {
    const op = run.ops[run.at];
    if (op !== undefined) step(run, op);
    else if (!leaveContent(run)) return { kind: 'rendered', text: run.text };
  }
  return run.problem;
}

/** What to return to. */
type Frame =
  | { readonly kind: 'section'; readonly scope: Scope }
  | { readonly kind: 'loop'; readonly scope: Scope; readonly list: Scope; readonly start: number; index: number }
  | { readonly kind: 'content'; readonly at: number };

interface Run {
  readonly job: RenderJob;
  readonly limits: RenderLimits;
  readonly frames: Frame[];
  readonly seen: WeakMap<JsonObject, boolean>;
  ops: readonly Op[];
  at: number;
  scope: Scope;
  text: string;
  steps: number;
  bytes: number;
  problem: RenderProblem | undefined;
}

function newRun(job: RenderJob, limits: RenderLimits): Run {
  const scope = { value: job.model, parent: undefined };
  const start = { ops: job.template.ops, at: 0, scope, text: '', steps: 0, bytes: 0, problem: undefined };
  return { job, limits, frames: [], seen: new WeakMap(), ...start };
}

function step(run: Run, op: Op): void {
  run.steps += op.cost;
  if (run.steps > run.limits.maxSteps) return tooMuch(run, 'steps', run.limits.maxSteps);
  switch (op.kind) {
    case 'text':
      return write(run, op.text, op.bytes);
    case 'value':
      return writeValue(run, op.path, op.escaped);
    case 'section':
    case 'inverted':
      return enterSection(run, op);
    case 'each':
      return enterLoop(run, op);
    case 'end':
      return leaveSection(run);
    case 'again':
      return nextItem(run);
    case 'content':
      return enterContent(run, op);
  }
}

function write(run: Run, text: string, bytes: number): void {
  run.bytes += bytes;
  if (run.bytes > run.limits.maxOutputBytes) return tooMuch(run, 'output', run.limits.maxOutputBytes);
  run.text += text;
  run.at += 1;
}

function writeValue(run: Run, path: Path, isEscaped: boolean): void {
  const value = valueAt(run.scope, path);
  const text = printed(value);
  const bytes = Buffer.byteLength(text);
  // Escaping makes it longer only: what is too long already is not escaped first.
  const isFit = run.bytes + bytes <= run.limits.maxOutputBytes;
  if (!isFit || !isEscaped || !run.job.escape || typeof value !== 'string') return write(run, text, bytes);
  const escaped = escapeHtml(text, run.limits.maxOutputBytes - run.bytes);
  write(run, escaped, escaped === text ? bytes : Buffer.byteLength(escaped));
}

/** A section and its inverse move into the value alike, be it true or false. */
function enterSection(run: Run, op: BlockOp): void {
  const scope = scopeAt(run.scope, op.path);
  if (isTruthy(scope.value, run.seen) !== (op.kind === 'section')) {
    run.at = op.end + 1;
    return;
  }
  if (!push(run, { kind: 'section', scope: run.scope })) return;
  run.scope = scope;
  run.at += 1;
}

function leaveSection(run: Run): void {
  const frame = run.frames.pop();
  if (frame?.kind === 'section') run.scope = frame.scope;
  run.at += 1;
}

function enterLoop(run: Run, op: BlockOp): void {
  const list = scopeAt(run.scope, op.path);
  if (!isTruthy(list.value, run.seen)) {
    run.at = op.end + 1;
    return;
  }
  if (!isArray(list.value)) {
    run.problem = { kind: 'not-an-array', path: op.path.text };
    return;
  }
  if (!push(run, { kind: 'loop', scope: run.scope, list, start: run.at + 1, index: 0 })) return;
  run.scope = { value: list.value[0] ?? null, parent: list };
  run.at += 1;
}

function nextItem(run: Run): void {
  const frame = run.frames.at(-1);
  if (frame?.kind !== 'loop') return;
  frame.index += 1;
  const items = isArray(frame.list.value) ? frame.list.value : [];
  if (frame.index < items.length) {
    run.scope = { value: items[frame.index] ?? null, parent: frame.list };
    run.at = frame.start;
    return;
  }
  run.frames.pop();
  run.scope = frame.scope;
  run.at += 1;
}

/** The content sees the scope in which the placeholder stands; a placeholder within the content is text. */
function enterContent(run: Run, op: Extract<Op, { kind: 'content' }>): void {
  const { content, template } = run.job;
  if (content === undefined || run.ops !== template.ops) return write(run, op.text, op.bytes);
  if (!push(run, { kind: 'content', at: run.at + 1 })) return;
  run.ops = content.ops;
  run.at = 0;
}

/** False at the end of everything. */
function leaveContent(run: Run): boolean {
  const frame = run.frames.pop();
  if (frame?.kind !== 'content') return false;
  run.ops = run.job.template.ops;
  run.at = frame.at;
  return true;
}

function push(run: Run, frame: Frame): boolean {
  if (run.frames.length >= run.limits.maxDepth) {
    tooMuch(run, 'depth', run.limits.maxDepth);
    return false;
  }
  run.frames.push(frame);
  return true;
}

function tooMuch(run: Run, bound: 'steps' | 'depth' | 'output', limit: number): void {
  run.problem = { kind: 'too-much', bound, limit };
}
