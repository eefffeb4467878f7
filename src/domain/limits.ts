// The limits of a message (contract sending 25) and what may not be attached (contract sending 6.5).

const MB = 1_000_000;

export const MESSAGE_LIMITS = {
  recipients: 50,
  /** Each of HtmlBody and TextBody, in bytes of UTF-8. */
  bodyBytes: 5 * MB,
  /** The whole message with attachments in base64, in bytes. */
  messageBytes: 10 * MB,
  fromChars: 255,
  subjectChars: 2000,
  tagChars: 1000,
  metadataKeys: 10,
  metadataKeyChars: 20,
  metadataValueChars: 80,
  /** Ours: Postmark names no bound. */
  customHeaders: 100,
  customHeaderChars: 8000,
  /** Received fields beyond which a message is going round in circles (RFC 5321 6.3 wants at least 100). */
  hops: 100,
} as const;

const FORBIDDEN = new Set(
  'vbs exe bin bat chm com cpl crt hlp hta inf ins isp jse lnk mdb pcd pif reg scr sct shs vbe vba wsf wsh wsl msc msi msp mst'.split(
    ' ',
  ),
);

/** Whether mailboxes refuse or remove attachments of this name; white space and dots at its end do not hide it. */
export function isForbiddenAttachment(fileName: string): boolean {
  const name = fileName.toLowerCase().replace(/[\s.]+$/, '');
  return FORBIDDEN.has(name.slice(name.lastIndexOf('.') + 1)) && name.includes('.');
}

/** What is wrong with a tag, a subject or metadata, in words; undefined when nothing is. */
export function summaryProblem(summary: {
  readonly subject: string;
  readonly tag: string;
  readonly metadata: Readonly<Record<string, string>>;
}): string | undefined {
  const { subjectChars, tagChars, metadataKeys, metadataKeyChars, metadataValueChars } = MESSAGE_LIMITS;
  if (summary.subject.length > subjectChars) return `The 'Subject' is longer than ${subjectChars} characters.`;
  if (summary.tag.length > tagChars) return `The 'Tag' is longer than ${tagChars} characters.`;
  const entries = Object.entries(summary.metadata);
  if (entries.length > metadataKeys) return `The 'Metadata' has more than ${metadataKeys} keys.`;
  const seen = new Set<string>();
  for (const [key, value] of entries) {
    if (key === '') return `A key of 'Metadata' is empty.`;
    if (key.length > metadataKeyChars)
      return `The 'Metadata' key '${key.slice(0, 40)}' is longer than ${metadataKeyChars} characters.`;
    if (value.length > metadataValueChars)
      return `The 'Metadata' value of '${key}' is longer than ${metadataValueChars} characters.`;
    if (seen.has(key.toLowerCase()))
      return `The 'Metadata' key '${key}' occurs twice when upper and lower case are not told apart.`;
    seen.add(key.toLowerCase());
  }
  return undefined;
}
