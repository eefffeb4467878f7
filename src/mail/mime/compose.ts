// MIME bodies from text, HTML and attachments (RFC 2045, 2046).
export interface MimeAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly content: Uint8Array;
  /** With or without `cid:` and angle brackets. */
  readonly contentId: string | undefined;
}

export interface MimeContent {
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly attachments: readonly MimeAttachment[];
}

export interface MimeEntity {
  /** MIME-Version, Content-Type, Content-Transfer-Encoding; each line ends with CRLF. */
  readonly headers: string;
  readonly body: Buffer;
}

export function composeEntity(_content: MimeContent, _boundary: (n: number) => string): MimeEntity {
  throw new Error('not written yet');
}
