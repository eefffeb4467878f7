// The tree of MIME parts of a message (RFC 2045, 2046).
export interface MimePart {
  /** Lower-case `type/subtype`. */
  readonly contentType: string;
  readonly params: ReadonlyMap<string, string>;
  /** Lower-case transfer encoding; `7bit` when none is given. */
  readonly encoding: string;
  /** Lower-case; undefined when not given. */
  readonly disposition: string | undefined;
  readonly fileName: string | undefined;
  readonly headerStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly parts: readonly MimePart[];
}

export interface MimeStructure {
  readonly root: MimePart;
  /** True when the walk stopped at a limit and parts are missing. */
  readonly truncated: boolean;
}

export function readStructure(_raw: Uint8Array): MimeStructure {
  throw new Error('not written yet');
}

export function attachmentNames(_raw: Uint8Array): string[] {
  throw new Error('not written yet');
}
