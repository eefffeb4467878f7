// The model that templates ask for, guessed from how they use it (contract management 6.8), and its overlay with a
// model that somebody gave.
//
// As in the engine `../` climbs the tree of what was used so far, in which a loop adds no level of its own. Never
// recurses deeper than MAX_MODEL_DEPTH: what is deeper is left out. A key `__proto__` is left out.
import type { CompiledTemplate, Op, Path } from './compiled-template.ts';
import { isObject, REFUSED_KEY, type JsonObject, type JsonValue } from './model-value.ts';

/** Objects and arrays within each other, of a model that is guessed as of one that is sent. */
export const MAX_MODEL_DEPTH = 100;

export interface UsedTemplate {
  readonly template: CompiledTemplate;
  /** What a layout shows at its placeholder, with the scope that it has there. */
  readonly content?: CompiledTemplate | undefined;
}

export function inferModel(used: readonly UsedTemplate[]): JsonObject {
  const root = newNode('', undefined);
  for (const { template, content } of used) walk(template.ops, root, content);
  return objectOf(root, 0);
}

/** `given` wins, null included; objects are merged key by key, arrays and all else are replaced. */
export function overlay(suggested: JsonObject, given: JsonObject): JsonObject {
  const merged = new Map(Object.entries(suggested));
  for (const [key, value] of Object.entries(given)) {
    const below = merged.get(key);
    merged.set(key, isObject(below) && isObject(value) ? overlay(below, value) : value);
  }
  merged.delete(REFUSED_KEY);
  return Object.fromEntries(merged);
}

interface Node {
  readonly key: string;
  readonly parent: Node | undefined;
  readonly children: Map<string, Node>;
  isPrinted: boolean;
  isSection: boolean;
  isLooped: boolean;
}

function newNode(key: string, parent: Node | undefined): Node {
  return { key, parent, children: new Map(), isPrinted: false, isSection: false, isLooped: false };
}

function walk(ops: readonly Op[], start: Node, content: CompiledTemplate | undefined): void {
  const outer: Node[] = [];
  let node = start;
  for (const op of ops) {
    switch (op.kind) {
      case 'text':
        break;
      case 'value':
        nodeAt(node, op.path).isPrinted = true;
        break;
      case 'section':
      case 'inverted':
      case 'each':
        outer.push(node);
        node = nodeAt(node, op.path);
        if (op.kind === 'each') node.isLooped = true;
        else node.isSection = true;
        break;
      case 'end':
      case 'again':
        node = outer.pop() ?? start;
        break;
      case 'content':
        if (content !== undefined) walk(content.ops, node, undefined);
        break;
    }
  }
}

function nodeAt(from: Node, path: Path): Node {
  let node = from;
  for (let left = path.ups; left > 0 && node.parent !== undefined; left -= 1) node = node.parent;
  for (const key of path.keys) {
    let child = node.children.get(key);
    if (child === undefined) node.children.set(key, (child = newNode(key, node)));
    node = child;
  }
  return node;
}

/** The root is an object, even where `{{.}}` prints it. */
function objectOf(node: Node, depth: number): JsonObject {
  if (depth >= MAX_MODEL_DEPTH) return {};
  const entries: [string, JsonValue][] = [];
  for (const child of node.children.values()) {
    if (child.key !== REFUSED_KEY) entries.push([child.key, suggestionFor(child, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

function suggestionFor(node: Node, depth: number): JsonValue {
  if (node.isLooped) return node.children.size > 0 ? [objectOf(node, depth + 1)] : threeOf(node.key);
  if (node.isPrinted && !node.isSection) return `${node.key}_Value`;
  return objectOf(node, depth);
}

function threeOf(key: string): readonly string[] {
  return [`${key}_1`, `${key}_2`, `${key}_3`];
}
