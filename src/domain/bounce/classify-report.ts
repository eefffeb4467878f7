// From a report that came back to Postmark's type of bounce, for each recipient that it tells of.
//
// A server that reports a failure has given up, so nothing in it is passing: what it called temporary is a SoftBounce. What it
// said is judged by the same rules as a reply in a session (classify.ts). Reports that change nothing (delivered, not spam, a
// read receipt) have no type. RFC 3464 (actions), RFC 5965 (types of feedback), contract sending 16.4.
import type { FeedbackReport, RecipientStatus, Report } from '../../mail/report/read-report.ts';
import type { RemoteReply } from '../outcome.ts';
import { classifyExpired, classifyReply } from './classify.ts';
import type { BounceType } from './types.ts';

/** What a status is for the recipient; undefined where it is no trouble. */
export function classifyStatus(status: RecipientStatus): BounceType | undefined {
  if (status.action === 'delayed') return 'Transient';
  if (status.action !== 'failed') return undefined;
  const attempt = { reply: replyIn(status), phase: 'rcpt', detail: status.diagnostic } as const;
  const found = classifyReply(attempt);
  return found.permanent ? found.type : classifyExpired(attempt);
}

/** Undefined for feedback that is no complaint: `not-spam`, failures of authentication, what is not known. */
export function classifyFeedback({ type }: FeedbackReport): BounceType | undefined {
  if (type === 'virus') return 'VirusNotification';
  return COMPLAINTS.has(type) ? 'SpamComplaint' : undefined;
}

/** Answers; undefined for mail that reports nothing. */
export function classifyAnswer(
  report: Exclude<Report, { kind: 'delivery-status' | 'feedback' }>,
): BounceType | undefined {
  switch (report.kind) {
    case 'auto-reply':
      return report.about === 'address-change' ? 'AddressChange' : 'AutoResponder';
    case 'challenge':
      return 'ChallengeVerification';
    case 'request':
      return report.wish === 'unsubscribe' ? 'Unsubscribe' : 'Subscribe';
    case 'other':
      return undefined;
  }
}

/** Who asks their provider to be taken off a list wants no more mail, exactly as who calls it spam. */
const COMPLAINTS: ReadonlySet<string> = new Set(['abuse', 'fraud', 'opt-out', 'opt-out-list', 'miscategorized']);

const CODE = /^([45]\d\d)(?:[ -]+#?([245]\.\d{1,3}\.\d{1,3})\b)?[ -]*/;
const LEADING_STATUS = /^#?([245]\.\d{1,3}\.\d{1,3})\b[ :;-]*/;
/** `5.0.0`, `4.0.0`: says no more than the code. */
const GENERAL = /^[245]\.0\.0$/;

/** What the far side said, as the reply of a session: the codes in its words first, then the report's own status. */
export function replyIn({ diagnostic, status }: RecipientStatus): RemoteReply {
  const [lead = '', code, inReply] = CODE.exec(diagnostic) ?? [];
  const rest = diagnostic.slice(lead.length);
  const inWords = inReply ?? LEADING_STATUS.exec(rest)?.[1];
  const own = status === undefined || GENERAL.test(status) ? undefined : status;
  const enhanced = inWords === undefined || GENERAL.test(inWords) ? (own ?? inWords) : inWords;
  const usual = (enhanced ?? status)?.startsWith('4') === true ? TEMPORARY : PERMANENT;
  return {
    code: code === undefined ? usual : Number(code),
    enhanced,
    text: rest.replace(LEADING_STATUS, '').slice(0, MAX_TEXT),
  };
}

const TEMPORARY = 450;
const PERMANENT = 550;
const MAX_TEXT = 1000;
