// The submission door: who may send, and what becomes of a message, in the words of SMTP (contract sending 11).
//
// Thin: credentials go to core/authenticate, messages to core/submit; here their answers become replies. A refusal names
// the API's message and code, or, where the server wants Postmark's silence (`SmtpRefusals: Bounce`), is a 250.
import type { Authenticator, AuthFailure } from '../../core/authenticate.ts';
import type { Principal, SubmitResult } from '../../core/draft.ts';
import type { Submit } from '../../core/submit.ts';
import { partlyInactive, type ApiError } from '../../domain/api-error.ts';
import type { SendingKind } from '../../domain/stream.ts';
import type { Log } from '../../lib/log.ts';
import type { CounterMetric, Metrics } from '../../lib/metrics.ts';
import type { SessionContext, SmtpHandlers } from '../../mail/smtp/handlers.ts';
import { makeReply, type Reply } from '../../mail/smtp/reply.ts';

export interface SubmissionDeps {
  readonly authenticator: Authenticator;
  readonly submit: Submit;
  readonly log: Log;
  readonly counters: SubmissionCounters;
  /** Which host a session is talking to: by its listener, or by SNI where both hosts share it. */
  readonly kindOf: (ctx: SessionContext) => SendingKind;
}

export interface SubmissionCounters {
  readonly authFailures: CounterMetric<'reason'>;
}

export function declareSubmissionCounters(metrics: Metrics): SubmissionCounters {
  return {
    authFailures: metrics.counter({
      name: 'bulkhead_smtp_auth_failures_total',
      help: 'Failed SMTP authentications, by what was wrong.',
      labels: ['reason'],
    }),
  };
}

export function createSubmission(deps: SubmissionDeps): SmtpHandlers<Principal> {
  return {
    async authenticate(credential, ctx) {
      const { authenticator } = deps;
      const answer =
        credential.mechanism === 'CRAM-MD5'
          ? await authenticator.smtpCram(
              credential.username,
              { challenge: credential.challenge, digest: credential.digestHex },
              ctx.remoteAddress,
            )
          : await authenticator.smtp(credential.username, credential.password, ctx.remoteAddress);
      if (answer.kind === 'ok') return answer;
      deps.counters.authFailures.inc({ reason: answer.failure.kind });
      deps.log.info(
        { session: ctx.id, client: ctx.remoteAddress, mechanism: credential.mechanism, reason: answer.failure.kind },
        'SMTP authentication failed',
      );
      return { kind: 'refused', reply: authReply(answer.failure) };
    },

    stillMay(principal, ctx) {
      const failure = deps.authenticator.stillSmtp(principal, ctx.remoteAddress);
      if (failure === undefined) return undefined;
      deps.log.info(
        { session: ctx.id, client: ctx.remoteAddress, reason: failure.kind },
        'SMTP session ended: its token may not be used any more',
      );
      // Not 535: the message is not lost where the client has a new token by the time that it comes back.
      return makeReply(421, '4.7.0', `Connect and authenticate again: ${failure.text}`);
    },

    async message({ principal, recipients, data, smtpUtf8, requireTls, ctx }) {
      const result = await deps.submit(
        principal,
        {
          kind: 'raw',
          recipients,
          raw: data,
          smtpUtf8,
          ...(requireTls === true && { requireTls }),
          hostKind: deps.kindOf(ctx),
          protocol: ctx.tls ? 'ESMTPSA' : 'ESMTPA',
        },
        { via: 'smtp', dryRun: false },
      );
      if (result.kind === 'refused') {
        const { code } = result.error;
        deps.log.info(
          { session: ctx.id, server: principal.server.id, messageId: result.messageId, code },
          'SMTP message refused',
        );
      }
      return messageReply(result, principal);
    },
  };
}

function authReply(failure: AuthFailure): Reply {
  // Nothing is given away to who holds no token: the general text is the same for all wrong guesses.
  const lead = failure.kind === 'unknown' ? 'Error: authentication failed: ' : '';
  return makeReply(535, '5.7.8', `${lead}${failure.text}`);
}

function messageReply(result: SubmitResult, principal: Principal): Reply {
  switch (result.kind) {
    case 'accepted': {
      const note = result.partlyInactive.length === 0 ? '' : ` (${partlyInactive(result.partlyInactive)})`;
      return makeReply(250, '2.0.0', `Ok: queued as ${result.messageId}${note}`);
    }
    case 'unavailable':
      return makeReply(452, '4.3.1', `The message cannot be kept at the moment, try again later: ${result.reason}`);
    case 'refused':
      if (principal.server.settings.smtpRefusals === 'Bounce')
        return makeReply(250, '2.0.0', `Ok: queued as ${result.messageId}`);
      return refusalReply(result.error);
  }
}

/** Enhanced codes by RFC 3463: what a mail client shows beside the text. */
const ENHANCED: Readonly<Record<number, readonly [number, string]>> = {
  300: [554, '5.6.0'],
  400: [550, '5.7.1'],
  401: [550, '5.7.1'],
  406: [550, '5.7.1'],
  411: [554, '5.7.0'],
  1235: [554, '5.7.1'],
  1236: [554, '5.7.1'],
  9002: [550, '5.7.1'],
};

function refusalReply(error: ApiError): Reply {
  const [code, enhanced] = ENHANCED[error.code] ?? [554, '5.7.0'];
  return makeReply(code, enhanced, `${error.message} (ErrorCode ${error.code})`);
}
