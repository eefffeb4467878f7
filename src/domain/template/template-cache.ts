// Compiled templates, kept by their text: an edited template is another text, so that nothing is ever stale and nobody has to
// say what changed. Bounded by number and by memory; the least recently used goes first.
//
// For sending. What somebody tries out is parsed beside it, so as not to push out what is sent.
import { createBoundedCache } from '../../lib/bounded-cache.ts';
import type { Clock } from '../../lib/clock.ts';
import { parseTemplate, TEMPLATE_LIMITS, type ParseResult, type TemplateLimits } from './parse-template.ts';

export interface TemplateCacheOptions {
  readonly maxEntries: number;
  /** Bytes of memory, roughly: the texts and what they were compiled to. */
  readonly maxWeight: number;
  readonly limits: TemplateLimits;
}

const MB = 1_000_000;

export const TEMPLATE_CACHE: TemplateCacheOptions = { maxEntries: 2_000, maxWeight: 64 * MB, limits: TEMPLATE_LIMITS };

export interface TemplateCache {
  /** Compiles a text that it does not have. */
  compile(source: string): ParseResult;
  /** Entries held. */
  readonly size: number;
}

/** Of the clock nothing is asked but what the bounded cache asks: nothing expires. */
export function createTemplateCache(clock: Pick<Clock, 'now'>, options = TEMPLATE_CACHE): TemplateCache {
  const { maxEntries, maxWeight, limits } = options;
  const cache = createBoundedCache<string, ParseResult>({ maxEntries, maxWeight, ttlMs: Infinity, weigh }, clock);
  return {
    compile(source) {
      const known = cache.get(source);
      if (known !== undefined) return known;
      const result = parseTemplate(source, limits);
      // An invalid text is not sent: that it comes again is not expected, and its memory is not counted.
      if (result.kind === 'compiled') cache.set(source, result);
      return result;
    },
    get size() {
      return cache.size;
    },
  };
}

/** What an entry takes beside its template. */
const ENTRY_BYTES = 500;

function weigh(result: ParseResult): number {
  return ENTRY_BYTES + (result.kind === 'compiled' ? result.template.weight : 0);
}
