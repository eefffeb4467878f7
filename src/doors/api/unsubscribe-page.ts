// The page behind the link of a message, for recipients: plain words, one button, no script, nothing loaded from elsewhere.
import { escapeHtml } from './page.ts';

interface OfStream {
  readonly streamName: string;
}
interface OfAddress extends OfStream {
  readonly address: string;
}

export type UnsubscribeView =
  /** The link is none of ours, or too old. */
  | { readonly kind: 'unknown' }
  /** `ask`: shall the address leave? `left`: it has. `back`: it is on again. `kept-off`: it cannot come back here. */
  | ({ readonly kind: 'ask' | 'left' | 'back' | 'kept-off' } & OfAddress)
  /** The message went to several, and the link does not say who is here. `wrong`: it did not go to the address given. */
  | ({ readonly kind: 'ask-who'; readonly wrong: boolean } & OfStream);

export function unsubscribePage(view: UnsubscribeView): string {
  const { title, body } = contentOf(view);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}

interface Content {
  readonly title: string;
  readonly body: string;
}

function contentOf(view: UnsubscribeView): Content {
  switch (view.kind) {
    case 'unknown':
      return {
        title: 'This link does not work',
        body: '<p>It is incomplete, or the message that it came with is too old. Use the link of a newer message.</p>',
      };
    case 'ask':
      return {
        title: 'Unsubscribe',
        body: `<p>Stop sending <strong>${escapeHtml(view.streamName)}</strong> to <strong>${escapeHtml(view.address)}</strong>?</p>
<form method="post"><button>Unsubscribe</button></form>`,
      };
    case 'ask-who':
      return {
        title: 'Unsubscribe',
        body: `<p>Stop sending <strong>${escapeHtml(view.streamName)}</strong> to</p>
${view.wrong ? '<p role="alert">The message did not go to that address.</p>' : ''}
<form method="post"><label>Your address <input type="email" name="address" required autocomplete="email"></label>
<button>Unsubscribe</button></form>`,
      };
    case 'left':
      return {
        title: 'You are unsubscribed',
        body: `<p><strong>${escapeHtml(view.address)}</strong> gets no more of <strong>${escapeHtml(view.streamName)}</strong>.</p>
${backForm(view.address)}`,
      };
    case 'back':
      return {
        title: 'You are subscribed again',
        body: `<p><strong>${escapeHtml(view.address)}</strong> gets <strong>${escapeHtml(view.streamName)}</strong> as before.</p>`,
      };
    case 'kept-off':
      return {
        title: 'This cannot be undone here',
        body: `<p><strong>${escapeHtml(view.address)}</strong> was taken off <strong>${escapeHtml(view.streamName)}</strong> for another reason. Write to the sender.</p>`,
      };
  }
}

/** The address stands in it for links that do not name it. */
function backForm(address: string): string {
  return `<form method="post"><p>By mistake?</p><input type="hidden" name="action" value="resubscribe">
<input type="hidden" name="address" value="${escapeHtml(address)}"><button>Subscribe again</button></form>`;
}

const STYLE = `
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #f5f5f5; }
main { max-width: 32rem; margin: 12vh auto; padding: 2rem; background: #fff; border-radius: 8px; overflow-wrap: anywhere; }
h1 { margin-top: 0; font-size: 1.4rem; }
button { font: inherit; padding: 0.5rem 1rem; }
input[type='email'] { font: inherit; padding: 0.4rem; width: 100%; box-sizing: border-box; margin-bottom: 1rem; }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #1b1b1b; } main { background: #2a2a2a; } }
`;
