// One mail transaction in a single flight: MAIL FROM, RCPT TO and the content with BDAT leave together, and the replies
// come together (RFC 3030 section 4.2 over RFC 2920). It saves a round trip and half of the reads and writes.
//
// The price: once it is sent, a connection that is lost before the last reply leaves open whether the far side has the
// message, and content goes out although its recipients may be refused. So it is for small messages, on a session that
// was alive a moment ago; which host deserves it, the caller says (`askFirst` of the result).
// Promises: results as those of `runTransaction`; a server that does not understand the chunk has taken nothing, and the
// session ends, because it may read content as commands.
import { sizeOf } from './client-content.ts';
import type { Answer, Dialogue } from './client-dialogue.ts';
import { Progress, isRefusal, isSuccess, type TransactionResult } from './client-progress.ts';
import { envelopeCommands, hearEnvelope, nonsense, runTransaction } from './client-transaction.ts';
import type { Envelope, Session } from './client-transaction.ts';
import type { Reply } from './remote-reply.ts';

/** Content larger than this is not sent unasked. */
const MAX_BYTES = 64 * 1024;
/** A session that was quiet for longer may have ended meanwhile: milliseconds. */
const MAX_QUIET_MS = 1000;

export function fitsOneFlight({ dialogue, capabilities }: Session, { content }: Envelope): boolean {
  const { pipelining, chunking } = capabilities;
  return pipelining && chunking && dialogue.quietMs <= MAX_QUIET_MS && sizeOf(content) <= MAX_BYTES;
}

export async function runOneFlight(
  session: Session,
  envelope: Envelope,
  mailCommand: string,
): Promise<TransactionResult> {
  const { dialogue, deadlines } = session;
  if (dialogue.loss !== undefined) return runTransaction(session, envelope, mailCommand);
  const progress = new Progress(envelope.recipients.length, { unasked: true });
  const { content } = envelope;
  // Content that lacks its last line end gets it, as after DATA.
  const parts = endsInCrlf(content) ? content : [...content, CRLF];
  const commands = `${envelopeCommands(session, envelope, mailCommand)}BDAT ${sizeOf(parts)} LAST\r\n`;
  dialogue.transcript.sent(commands);
  // A write that fails is lost for those who wait for replies too.
  void dialogue.write(Buffer.concat([Buffer.from(commands), ...parts]), deadlines.body);
  const ask = (_command: string, phase: 'mail' | 'rcpt'): Promise<Answer> => dialogue.next(deadlines[phase]);
  if (await hearEnvelope(session, envelope, { mailCommand, progress, ask })) return progress.result();
  const final = await dialogue.next(deadlines.final);
  if (progress.goesOn('final', final)) conclude(dialogue, final, progress);
  return progress.result();
}

/** The reply to the chunk. After a refusal the state of the transaction is open (RFC 3030 section 2): RSET goes first. */
function conclude(dialogue: Dialogue, final: Reply, progress: Progress): void {
  if (isSuccess(final)) return progress.close(final);
  if (!isRefusal(final)) return progress.lostUnasked(nonsense(dialogue, final));
  if (!progress.nobodyLeft && NOT_UNDERSTOOD.has(final.code)) {
    nonsense(dialogue, final);
    return progress.notUnderstood(final);
  }
  progress.decide('final', final);
}

function endsInCrlf(content: readonly Uint8Array[]): boolean {
  const last = content.findLastIndex((part) => part.length > 0);
  const tail = [...(content[last - 1]?.subarray(-1) ?? []), ...(content[last]?.subarray(-2) ?? [])];
  return tail.at(-1) === LF && tail.at(-2) === CR;
}

const CR = 0x0d;
const LF = 0x0a;
const CRLF = Buffer.from('\r\n');
/** Said of the command and not of the message: RFC 5321 section 4.2.2 has 500 to 504 for its syntax and order. */
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([500, 501, 502, 503, 504]);
