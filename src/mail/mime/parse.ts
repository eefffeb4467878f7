// Reads the text, the HTML and the attachment names back out of a message, for showing it. By the mailparser library.
//
// Only what the message really holds: no HTML is made from text or text from HTML, and `cid:` links stay as they are. A message
// that cannot be read has no bodies. How much of a large message is handed in is for the caller to say.
import { attachmentNames } from './structure.ts';

export interface MessageBodies {
  /** Decoded, with LF line ends; several text parts follow one another. */
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly attachments: string[];
}

const OPTIONS = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  keepCidLinks: true,
  checksumAlgo: false,
} as const;

export async function readBodies(raw: Uint8Array): Promise<MessageBodies> {
  const attachments = attachmentNames(raw);
  try {
    // Loaded when the first message is read: it takes 10 MB that a process at rest can do without.
    const { simpleParser } = await import('mailparser');
    const parsed = await simpleParser(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), OPTIONS);
    return { text: parsed.text || undefined, html: parsed.html || undefined, attachments };
  } catch {
    return { text: undefined, html: undefined, attachments };
  }
}
