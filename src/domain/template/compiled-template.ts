// What a template is compiled to: a flat list of operations, in the order of the document. Blocks are jumps, not nested
// lists, so that nothing that walks a template recurses, whatever its author nests.
//
// The language is Mustachio (contract management 6). It has no escape from its model: no code, no files, no names but
// those of the model's own keys.

/** How values are found: `ups` steps towards the root, then one own key after the other. No keys: the value itself. */
export interface Path {
  readonly ups: number;
  readonly keys: readonly string[];
  /** As written, for messages. */
  readonly text: string;
}

export type Op =
  | { readonly kind: 'text'; readonly text: string; readonly bytes: number; readonly cost: number }
  | { readonly kind: 'value'; readonly path: Path; readonly escaped: boolean; readonly cost: number }
  | BlockOp
  /** Closes a section. */
  | { readonly kind: 'end'; readonly cost: number }
  /** Closes a loop, or goes on with its next item. */
  | { readonly kind: 'again'; readonly cost: number }
  /** Where a layout takes its content; `text` is the placeholder as written. */
  | { readonly kind: 'content'; readonly text: string; readonly bytes: number; readonly cost: number };

export interface BlockOp {
  readonly kind: 'section' | 'inverted' | 'each';
  readonly path: Path;
  /** The index of the operation that closes the block. */
  readonly end: number;
  readonly cost: number;
}

/** Both count from 1; characters are UTF-16 units, lines end with `\n`. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface CompiledTemplate {
  readonly ops: readonly Op[];
  /** Where `{{{ @content }}}` stands. */
  readonly placeholders: readonly Position[];
  /** Memory that it takes, in bytes, roughly. */
  readonly weight: number;
}

/** What is wrong with a template. Without a position where there is none to name. */
export interface TemplateError {
  /** `placeholder`: the rules of layouts; `limit`: a bound of ours; `render`: the model does not fit. */
  readonly rule: 'syntax' | 'placeholder' | 'limit' | 'render';
  readonly message: string;
  readonly position?: Position;
}
