// The door for mail from the world: who it is for is judged at RCPT, what it says is core/receive's, here are the words of SMTP.
//
// A 250 comes after the facts are on disk; trouble of ours is a 451, and the sender comes again. What is not believed gets the
// same 250 as what is: a forger learns nothing, a provider's feedback loop sees no errors, and no bounce of a bounce is made
// (RFC 5321 section 6.1).
import type { Receive } from '../../core/receive.ts';
import type { RefusedAddress } from '../../domain/inbound-address.ts';
import type { Log } from '../../lib/log.ts';
import type { SmtpHandlers } from '../../mail/smtp/handlers.ts';
import { makeReply, REPLIES, type Reply } from '../../mail/smtp/reply.ts';

export interface InboundDeps {
  readonly receive: Receive;
  readonly log: Log;
}

/** Everybody who comes is the same to us. */
export interface Anybody {
  readonly kind: 'anybody';
}

const TAKEN = makeReply(250, '2.0.0', 'Ok: taken');
const NOT_NOW = makeReply(451, '4.3.0', 'It cannot be kept at the moment, try again later');
const REFUSALS: Readonly<Record<RefusedAddress, Reply>> = {
  // The same words: whether an address was close to a real one is nobody's business.
  forged: makeReply(550, '5.1.1', 'Nobody here has this address'),
  unknown: makeReply(550, '5.1.1', 'Nobody here has this address'),
  expired: makeReply(550, '5.1.1', 'This return path is no longer in use: its message was sent too long ago'),
  elsewhere: makeReply(550, '5.7.1', 'This server takes mail for its own addresses only, and relays none'),
};

export function createInbound({ receive, log }: InboundDeps): SmtpHandlers<Anybody> {
  return {
    reception: {
      principal: { kind: 'anybody' },
      recipient(address) {
        const judged = receive.judge(address);
        if (judged.kind !== 'refused') return undefined;
        receive.refused(judged);
        return REFUSALS[judged.why];
      },
    },

    authenticate: async () => ({ kind: 'refused', reply: REPLIES.notImplemented }),

    async message({ mailFrom, recipients, data, ctx }) {
      try {
        await receive.message({ recipients, mailFrom, client: ctx.remoteAddress, heloName: ctx.heloName, raw: data });
        return TAKEN;
      } catch (error) {
        log.error({ session: ctx.id, client: ctx.remoteAddress, err: error }, 'mail that came in could not be kept');
        return NOT_NOW;
      }
    },
  };
}
