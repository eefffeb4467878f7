// What a tag says (contract management 6.1): told by its first characters, which must follow the braces directly. Knows
// nothing of what is open around it, nor whether a path is a good one.
import type { Tag } from './next-tag.ts';

export type Said =
  | { readonly kind: 'value'; readonly path: string; readonly escaped: boolean }
  | { readonly kind: 'section' | 'inverted' | 'close'; readonly path: string }
  /** `path` is missing in `{{#each}}` and `{{#eachs}}`. */
  | { readonly kind: 'each'; readonly path: string | undefined }
  /** `exact` is false for `{{/each }}` and `{{/eachs}}`, which close nothing. */
  | { readonly kind: 'close-each'; readonly exact: boolean }
  | { readonly kind: 'comment' }
  | { readonly kind: 'content' }
  /** Left as it stands for those who send: `{{{ pm:unsubscribe }}}`. */
  | { readonly kind: 'kept' };

export function readTag(tag: Tag): Said {
  const { body } = tag;
  if (tag.triple) return readTriple(body);
  if (body.startsWith('#each')) return { kind: 'each', path: pathOfEach(body) };
  if (body.startsWith('/each')) return { kind: 'close-each', exact: body === '/each' };
  switch (body[0]) {
    case '#':
      return { kind: 'section', path: behind(body, '#') };
    case '^':
      return { kind: 'inverted', path: behind(body, '^') };
    case '/':
      return { kind: 'close', path: behind(body, '/') };
    case '&':
      return { kind: 'value', path: behind(body, '&'), escaped: false };
    case '!':
      return { kind: 'comment' };
    default:
      return { kind: 'value', path: body.trim(), escaped: true };
  }
}

/** Substituted when a message is sent (contract sending 14). */
const KEPT = new Set(['pm:unsubscribe', 'pm:unsubscribe_url']);

function readTriple(body: string): Said {
  const name = body.trim();
  if (name === '@content') return { kind: 'content' };
  if (KEPT.has(name)) return { kind: 'kept' };
  return { kind: 'value', path: behind(body, '&'), escaped: false };
}

/** A space must stand between `each` and the path. */
function pathOfEach(body: string): string | undefined {
  const rest = body.trimEnd().slice('#each'.length);
  return rest.startsWith(' ') ? rest.trim() || undefined : undefined;
}

/** Without the sigil, which may be repeated as in Mustachio, and without the spaces around. */
function behind(body: string, sigil: string): string {
  let at = 0;
  while (body[at] === sigil) at += 1;
  return body.slice(at).trim();
}
