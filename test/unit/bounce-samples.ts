// Turns the samples of the bounce rules into replies as a client would hand them over.
import type { Phase, RemoteReply } from '../../src/domain/outcome.ts';
import type { Sample } from '../../src/domain/bounce/rule.ts';

export function replyOf(line: string): RemoteReply {
  const match = /^(\d{3})(?: ([245]\.\d{1,3}\.\d{1,3}))?(?: (.*))?$/.exec(line);
  if (match === null) throw new Error(`not a reply: ${line}`);
  return { code: Number(match[1]), enhanced: match[2], text: match[3] ?? '' };
}

export function attemptOf([, line, phase = 'rcpt']: Sample): { reply: RemoteReply; phase: Phase; detail: string } {
  return { reply: replyOf(line), phase, detail: line };
}
