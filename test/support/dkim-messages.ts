// Messages whose canonical form is easy to get wrong: each must verify after it is signed. All lines end with CRLF.
const HEAD =
  'From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nSubject: Hello\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n';
const ID = 'Message-ID: <1@example.com>\r\n';

export const DKIM_MESSAGES: readonly (readonly [name: string, message: Buffer])[] = [
  ['a plain message', text(`${HEAD}${ID}\r\nHello Bob\r\n`)],
  ['folded headers', text(`From: Ann\r\n <ann@example.com>\r\nSubject: a\r\n  b\r\n\tc\r\n${ID}\r\nx\r\n`)],
  ['white space before and after the colon', text(`From:ann@example.com\r\nSUBJECT :\t  a  b\t \r\n${ID}\r\nx\r\n`)],
  ['trailing spaces and tabs in the body', text(`${HEAD}\r\na  \r\n\tb\t\r\nc \t d\r\n   \r\n`)],
  ['an empty body', text(`${HEAD}\r\n`)],
  ['no body and no empty line', text(HEAD)],
  ['a body of empty lines', text(`${HEAD}\r\n\r\n\r\n\r\n`)],
  ['a body of white space', text(`${HEAD}\r\n \t\r\n  \r\n`)],
  ['no CRLF at the end', text(`${HEAD}\r\nlast line`)],
  ['white space and no CRLF at the end', text(`${HEAD}\r\nlast line \t`)],
  ['many empty lines at the end', text(`${HEAD}\r\na\r\n${'\r\n'.repeat(50)}`)],
  ['lines that start with dots', text(`${HEAD}\r\n.\r\n..\r\n.a\r\n`)],
  ['long lines', text(`${HEAD}\r\n${'x '.repeat(5000)}\r\n${'y'.repeat(900)}\r\n`)],
  [
    'UTF-8 in headers and body',
    text(`From: Jörgen <ann@example.com>\r\nSubject: Grüße  aus Köln\r\n${ID}\r\nGrüße \r\n`),
  ],
  ['octets that are no UTF-8', Buffer.concat([text(HEAD), Buffer.from([0x58, 0x3a, 0xff, 13, 10, 13, 10, 0xe9, 0x20, 0x20, 0xff, 13, 10])])], // prettier-ignore
  ['fields that begin like From', text(`From-Me: x\r\nXFrom: y\r\n${HEAD}${ID}\r\nx\r\n`)],
  [
    'several fields of one name',
    text(`${HEAD}List-Id: a\r\nList-Id: b\r\nReferences: <1@x>\r\nReferences: <2@x>\r\n\r\nx\r\n`),
  ],
  ['an empty field', text(`From: ann@example.com\r\nSubject:\r\nReply-To: \r\n${ID}\r\nx\r\n`)],
  ['the fields of lists', text(`${HEAD}List-Unsubscribe: <https://example.com/u?a=b>,\r\n <mailto:u@example.com>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: a:b:c:d\r\n\r\nx\r\n`)], // prettier-ignore
  [
    'an older signature',
    text(`DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; h=from; bh=AAAA; b=AAAA\r\n${HEAD}\r\nx\r\n`),
  ],
  ['a long header', text(`${HEAD}References:${Array.from({ length: 200 }, (_, n) => `\r\n <${n}@example.com>`).join('')}\r\n\r\nx\r\n`)], // prettier-ignore
];

function text(content: string): Buffer {
  return Buffer.from(content);
}
