// A renderer of templates as the contract describes it (management 6), as simple as can be: it walks a tree, has no bounds and
// is in no hurry. To compare with.

import type { JsonObject, JsonValue } from '../../src/domain/template/model-value.ts';

export type TreeNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly path: string; readonly raw: boolean }
  | { readonly kind: 'section' | 'inverted' | 'each'; readonly path: string; readonly below: readonly TreeNode[] };

/** The tree as a template; undefined where the language has no words for it: a section directly in one of the same path. */
export function printed(tree: readonly TreeNode[], around?: string): string | undefined {
  let out = '';
  for (const node of tree) {
    const text = printedNode(node, around);
    if (text === undefined) return undefined;
    out += text;
  }
  return out;
}

function printedNode(node: TreeNode, around: string | undefined): string | undefined {
  if (node.kind === 'text') return node.text;
  if (node.kind === 'value') return node.raw ? `{{{ ${node.path} }}}` : `{{${node.path}}}`;
  const below = printed(node.below, node.kind === 'each' ? undefined : node.path);
  if (below === undefined || (node.kind !== 'each' && node.path === around)) return undefined;
  if (node.kind === 'each') return `{{#each ${node.path}}}${below}{{/each}}`;
  return `{{${node.kind === 'section' ? '#' : '^'}${node.path}}}${below}{{/${node.path}}}`;
}

/** undefined where a loop meets what is no array. */
export function naive(tree: readonly TreeNode[], model: JsonObject, escape: boolean): string | undefined {
  try {
    return render(tree, [model], escape);
  } catch (error) {
    if (error instanceof RangeError && error.message === NO_ARRAY) return undefined;
    throw error;
  }
}

const NO_ARRAY = 'no array';

/** The values from the root to here. */
type Chain = readonly JsonValue[];

function render(tree: readonly TreeNode[], chain: Chain, escape: boolean): string {
  return tree.map((node) => renderNode(node, chain, escape)).join('');
}

function renderNode(node: TreeNode, chain: Chain, escape: boolean): string {
  if (node.kind === 'text') return node.text;
  const there = follow(chain, node.path);
  const value = there.at(-1) ?? null;
  if (node.kind === 'value') return node.raw || !escape ? print(value) : encode(print(value));
  if (node.kind === 'section') return isTrue(value) ? render(node.below, there, escape) : '';
  if (node.kind === 'inverted') return isTrue(value) ? '' : render(node.below, there, escape);
  if (!isTrue(value)) return '';
  if (!Array.isArray(value)) throw new RangeError(NO_ARRAY);
  return (value as JsonValue[]).map((item) => render(node.below, [...there, item], escape)).join('');
}

function follow(chain: Chain, path: string): Chain {
  let there = [...chain];
  for (const part of path.split(/(?<=\.\.\/)|(?<!\.)\.(?!\.)/)) {
    if (part === '../') there = there.length > 1 ? there.slice(0, -1) : there;
    else if (part !== '' && part !== '.') there.push(below(there.at(-1) ?? null, part));
  }
  return there;
}

function below(value: JsonValue, key: string): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || key === '__proto__') return null;
  return new Map(Object.entries(value as JsonObject)).get(key) ?? null;
}

function isTrue(value: JsonValue): boolean {
  if (typeof value === 'object' && value !== null) return Object.entries(value).length > 0;
  return ![null, false, 0, ''].some((falsy) => falsy === value) && !Number.isNaN(value);
}

function print(value: JsonValue): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return value;
  if (typeof value !== 'number' || !Number.isFinite(value)) return '';
  return (value < 0 ? '-' : '') + digits(Math.abs(value));
}

function digits(value: number): string {
  const text = String(value);
  if (text.includes('e+')) return big(value);
  if (!text.includes('e-')) return text;
  const [mantissa = '', exponent = ''] = text.split('e-');
  return `0.${'0'.repeat(Number(exponent) - 1)}${mantissa.replace('.', '')}`;
}

/** The shortest digits that mean the number, then zeros. */
function big(value: number): string {
  const [mantissa = '', exponent = ''] = String(value).split('e+');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return whole + fraction + '0'.repeat(Number(exponent) - fraction.length);
}

function encode(text: string): string {
  return [...text]
    .map((character) => {
      const point = character.codePointAt(0) ?? 0;
      const named = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }[character];
      if (named !== undefined) return named;
      if (point >= 0xd800 && point <= 0xdfff) return '\ufffd';
      return (point >= 0xa0 && point <= 0xff) || point > 0xffff ? `&#${point};` : character;
    })
    .join('');
}
