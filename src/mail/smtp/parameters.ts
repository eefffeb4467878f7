// The parameters of MAIL and RCPT (RFC 5321 section 4.1.2, esmtp-param).
//
// MAIL knows SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), REQUIRETLS (RFC 8689) and AUTH (RFC 4954 section 5; read
// and not used).
// Everything else is 555, DSN's RET, ENVID, NOTIFY and ORCPT too, since DSN is not announced. RCPT knows none.
import { makeReply } from './reply.ts';
import type { Reply } from './reply.ts';

export interface MailParameters {
  /** As declared by the client, in octets. */
  readonly size: number | undefined;
  readonly body: '7BIT' | '8BITMIME';
  readonly smtpUtf8: boolean;
  /** Whether the session is such that it may say so, the dialogue knows. */
  readonly requireTls: boolean;
}

export type ParsedMailParameters =
  | { readonly kind: 'parameters'; readonly parameters: MailParameters }
  | { readonly kind: 'refused'; readonly reply: Reply };

const NONE: ParsedMailParameters = {
  kind: 'parameters',
  parameters: { size: undefined, body: '7BIT', smtpUtf8: false, requireTls: false },
};

/** `text` is the command line after the path. */
export function parseMailParameters(text: string): ParsedMailParameters {
  if (text === '') return NONE;
  const split = splitParameters(text);
  if (split === undefined) return refused(malformed());
  const found: Found = { size: undefined, body: '7BIT', smtpUtf8: false, requireTls: false };
  for (const [keyword, value] of split) {
    const reply = readParameter(found, keyword, value);
    if (reply !== undefined) return refused(reply);
  }
  return { kind: 'parameters', parameters: found };
}

/** The refusal of whatever stands after the path of a RCPT; undefined where nothing does. */
export function checkRecipientParameters(text: string): Reply | undefined {
  if (text === '') return undefined;
  const split = splitParameters(text);
  const first = split?.keys().next().value;
  return first === undefined ? malformed() : unknown(first);
}

const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e\u00a0-\uffff]+))?$/;

/** By upper-case keyword; undefined where the text is malformed or names a keyword twice. */
function splitParameters(text: string): Map<string, string | undefined> | undefined {
  if (!text.startsWith(' ')) return undefined;
  const found = new Map<string, string | undefined>();
  for (const word of text.trim().split(/ +/)) {
    const match = PARAMETER.exec(word);
    const keyword = match?.[1]?.toUpperCase();
    if (keyword === undefined || found.has(keyword)) return undefined;
    found.set(keyword, match?.[2]);
  }
  return found;
}

type Found = { -readonly [Key in keyof MailParameters]: MailParameters[Key] };

function readParameter(found: Found, keyword: string, value: string | undefined): Reply | undefined {
  switch (keyword) {
    case 'SIZE':
      if (value === undefined || !/^[0-9]{1,20}$/.test(value)) return makeReply(501, '5.5.4', 'SIZE needs a number');
      found.size = Number(value);
      return undefined;
    case 'BODY':
      return readBody(found, value?.toUpperCase());
    case 'SMTPUTF8':
      if (value !== undefined) return makeReply(501, '5.5.4', 'SMTPUTF8 takes no value');
      found.smtpUtf8 = true;
      return undefined;
    case 'REQUIRETLS':
      if (value !== undefined) return makeReply(501, '5.5.4', 'REQUIRETLS takes no value');
      found.requireTls = true;
      return undefined;
    case 'AUTH':
      return value === undefined ? makeReply(501, '5.5.4', 'AUTH needs a value') : undefined;
    default:
      return unknown(keyword);
  }
}

function readBody(found: Found, value: string | undefined): Reply | undefined {
  if (value === '7BIT' || value === '8BITMIME') {
    found.body = value;
    return undefined;
  }
  if (value === 'BINARYMIME') return makeReply(555, '5.5.4', 'BINARYMIME is not supported');
  return makeReply(501, '5.5.4', 'BODY is 7BIT or 8BITMIME');
}

function malformed(): Reply {
  return makeReply(501, '5.5.4', 'Malformed parameters after the address');
}

function unknown(keyword: string): Reply {
  return makeReply(555, '5.5.4', `Parameter ${keyword.slice(0, 40)} is not supported`);
}

function refused(reply: Reply): ParsedMailParameters {
  return { kind: 'refused', reply };
}
