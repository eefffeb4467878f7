// GET and POST /confirm-sender/{token}: the page behind the link of a confirmation mail. For the reader of a mailbox, who has no
// token of the API; the link itself is the proof.
//
// Promises: GET changes nothing, so that what scans mail for links confirms nobody; POST does what the page asks. No script, no
// other resource, no frame; the address of the page goes to nobody.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { CONFIRM_PATH, type Confirmations } from '../../core/confirm-sender.ts';
import type { SenderSignature } from '../../domain/sender.ts';
import { escapeHtml } from '../../domain/template/escape-html.ts';

interface ByToken {
  Params: { token: string };
}

export function confirmSenderRoutes(app: FastifyInstance, confirmations: Confirmations): void {
  app.get<ByToken>(`${CONFIRM_PATH}/:token`, async (request, reply) => {
    const signature = await confirmations.look(request.params.token);
    if (signature === undefined) return send(reply, OVER, 404);
    return send(reply, signature.confirmedAt === undefined ? question(signature) : confirmed(signature));
  });

  app.post<ByToken>(`${CONFIRM_PATH}/:token`, async (request, reply) => {
    const signature = await confirmations.confirm(request.params.token);
    return signature === undefined ? send(reply, OVER, 404) : send(reply, confirmed(signature));
  });
}

interface Page {
  readonly title: string;
  /** HTML. */
  readonly body: string;
}

const OVER: Page = {
  title: 'This link does not work',
  body: '<p>It is over, or what it was for is gone, or a part of it is missing. Ask whoever wants to send as you to have the email sent again.</p>',
};

function question({ address, name }: SenderSignature): Page {
  return {
    title: 'May email be sent as you?',
    body: [
      `<p>Somebody wants to send email as <b>${escapeHtml(name)}</b> &lt;<b>${escapeHtml(address)}</b>&gt;.</p>`,
      '<p>If you allow it, confirm. If you do not know of this, close the page: then nobody can.</p>',
      // Without an action it goes to the address of the page, whatever proxy is in front.
      '<form method="post"><button type="submit">Confirm this address</button></form>',
    ].join('\n'),
  };
}

function confirmed({ address }: SenderSignature): Page {
  return { title: 'Confirmed', body: `<p>Email may be sent as <b>${escapeHtml(address)}</b>.</p>` };
}

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem;color:#1b1f24}button{font:inherit;padding:.5rem 1rem;cursor:pointer}';

function send(reply: FastifyReply, { title, body }: Page, status = 200): FastifyReply {
  return reply
    .code(status)
    .headers({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': POLICY,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Robots-Tag': 'noindex',
    })
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
        `<title>${title}</title><style>${STYLE}</style></head><body><h1>${title}</h1>\n${body}\n</body></html>`,
    );
}
