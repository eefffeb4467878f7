// Reads the text, the HTML and the attachment names back out of a message.
export interface MessageBodies {
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly attachments: string[];
}

export async function readBodies(_raw: Uint8Array): Promise<MessageBodies> {
  throw new Error('not written yet');
}
