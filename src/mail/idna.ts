// Domain names of mail addresses: from what people write to the lower-case A-label form that DNS and SMTP carry.
export function domainToAscii(_domain: string): string | undefined {
  throw new Error('not written yet');
}
