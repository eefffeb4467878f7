// The pages for people in a real browser, on a running installation: each is shown whole, without an error in its console, without a
// request to another host, and fits a desk and a telephone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { noBrowser, startBrowser, type Browser, type Page } from '../support/browser.ts';
import {
  ACCOUNT_TOKEN,
  eventually,
  SERVER_TOKEN,
  startInstallation,
  type Installation,
} from '../support/installation.ts';
import { ENDPOINTS } from '../support/open-api.ts';

const SIZES = [
  { width: 1280, height: 900 },
  { width: 360, height: 740 },
];
const HOSTILE = '<img src=x onerror="console.error(1)"><script>console.error(2)</script>';

interface Listed {
  readonly MessageID: string;
  readonly Recipients: readonly string[];
}

describe('pages in a browser', { skip: noBrowser() }, () => {
  let installation: Installation;
  let browser: Browser;
  before(async () => {
    [installation, browser] = await Promise.all([startInstallation(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await installation?.stop();
  });

  /** On every size of screen. `expected` is trouble that belongs to it. */
  async function look(path: string, at: (page: Page) => Promise<void>, expected?: RegExp): Promise<void> {
    for (const size of SIZES) {
      const page = await browser.open(`${installation.http}${path}`, size);
      try {
        await at(page);
        const wide = await page.run<number>('document.documentElement.scrollWidth');
        assert.ok(wide <= size.width, `${path} is ${wide} wide on a screen of ${size.width}`);
        const troubles = page.troubles.filter((trouble) => expected?.test(trouble) !== true);
        assert.deepEqual(troubles, [], path);
        const foreign = page.requested.filter(
          (url) => !/^(?:data:|about:)/.test(url) && !url.startsWith(installation.http),
        );
        assert.deepEqual(foreign, [], 'asked of other hosts');
      } finally {
        await page.close();
      }
    }
  }

  const captured = (subject: string): Promise<{ MessageID: string; TextBody: string }> =>
    eventually(subject, async () => {
      const { body: list } = await installation.api('GET', '/capture');
      const found = (list.Messages as { Subject: string; MessageID: string }[]).find((row) => row.Subject === subject);
      return found && (await installation.api('GET', `/capture/${found.MessageID}`)).body;
    });

  test('the start page says what runs, and shows captured mail to who has a token', async () => {
    const mail = { From: 'ann@sender.test', To: 'bob@example.net' };
    await installation.send({
      ...mail,
      Subject: HOSTILE,
      HtmlBody: `<p>Hello</p>${HOSTILE}<img src="http://192.0.2.1/x">`,
    });
    await captured(HOSTILE);
    await look('/', async (page) => {
      assert.match(await page.run<string>('document.title'), /^Bulkhead on mail\.bulkhead\.test$/);
      assert.match(await page.run<string>('document.body.innerText'), /captured/i);
      await page.run(askWith(SERVER_TOKEN));
      await page.until(`document.querySelector('#list button')`);
      await page.run(`document.querySelector('#list button').click()`);
      const shown = await page.until<string>(`${element('message')}.hidden ? '' : ${element('subject')}.textContent`);
      assert.equal(shown, HOSTILE, 'markup is shown as text');
      assert.equal(await page.run('document.querySelector("#html").getAttribute("sandbox")'), '');
    });
  });

  test('the start page finds that a token is an account token, and says what is none', async () => {
    const page = await browser.open(`${installation.http}/`);
    await page.run(askWith(ACCOUNT_TOKEN));
    await page.until(`document.querySelector('#list button')`);
    await page.run(askWith('nonsense'));
    assert.match(
      await page.until<string>(`${element('say')}.classList.contains('bad') && ${element('say')}.textContent`),
      /neither/,
    );
    await page.close();
  });

  test('the page of the API shows every endpoint, and finds one', async () => {
    await look('/docs', async (page) => {
      assert.equal(await page.until<number>(`document.querySelectorAll('.endpoint').length`), ENDPOINTS.length);
      await page.run(`${element('search')}.value = 'suppress', ${element('search')}.dispatchEvent(new Event('input'))`);
      const links = await page.run<string[]>(
        `[...document.querySelectorAll('#index a')].filter((a) => !a.hidden).map((a) => a.textContent)`,
      );
      assert.ok(links.length > 1 && links.every((text) => text.includes('suppress')), links.join());
      assert.match(await page.run<string>(`document.querySelector('pre').textContent`), /^curl -X /);
      assert.doesNotMatch(await page.run<string>(`${element('about')}.textContent`), /`/);
    });
  });

  test('the page of an unsubscribe link takes an address off, and lets it come back', async () => {
    await installation.send({
      ...{
        From: 'ann@sender.test',
        To: 'eve@example.net',
        Subject: 'News',
        TextBody: 'News.',
        MessageStream: 'broadcast',
      },
    });
    const { TextBody: text } = await captured('News');
    const [, path = ''] = /https?:\/\/[^/\s]+(\/unsubscribe\/\S+)/.exec(text) ?? [];
    assert.ok(path, text);
    const listed = async (): Promise<number> =>
      (await installation.api('GET', '/message-streams/broadcast/suppressions/dump')).body.Suppressions.length;
    await look(path, async (page) => {
      assert.match(await page.run<string>('document.body.innerText'), /eve@example\.net/);
      assert.equal(await listed(), 0, 'looking takes nobody off');
      const press = (title: string): Promise<boolean> =>
        page.run(`document.querySelector('button').click()`).then(() => page.until(`document.title === '${title}'`));
      await press('You are unsubscribed');
      assert.equal(await listed(), 1);
      await press('You are subscribed again');
      assert.equal(await listed(), 0);
    });
    await look(
      '/unsubscribe/nonsense',
      async (page) => {
        assert.match(await page.run<string>('document.title'), /does not work/);
      },
      /status of 404 .*\/unsubscribe\/nonsense$/,
    );
  });

  test('the page of a confirmation link confirms an address when its button is pressed', async () => {
    const body = { Name: 'Ann', FromEmail: 'ann@single.test' };
    const sender = await installation.api('POST', '/senders', { account: true, body });
    assert.equal(sender.status, 200, JSON.stringify(sender.body));
    const mail = await eventually('the confirmation', async () => {
      const { body: list } = await installation.api('GET', '/capture', { account: true });
      const found = (list.Messages as Listed[]).find(({ Recipients }) => Recipients.includes('ann@single.test'));
      return found && (await installation.api('GET', `/capture/${found.MessageID}`, { account: true })).body;
    });
    const [, path = ''] = /https?:\/\/[^/\s]+(\/confirm-sender\/\S+)/.exec(String(mail.TextBody)) ?? [];
    assert.ok(path, mail.TextBody);
    const isConfirmed = async (): Promise<boolean> =>
      (await installation.api('GET', `/senders/${sender.body.ID}`, { account: true })).body.Confirmed;
    await look(path, async (page) => {
      assert.match(await page.run<string>('document.body.innerText'), /ann@single\.test/);
    });
    assert.equal(await isConfirmed(), false, 'looking confirms nothing');
    const page = await browser.open(`${installation.http}${path}`);
    await page.run(`document.querySelector('button').click()`);
    await eventually('the confirmation to be kept', async () => ((await isConfirmed()) ? true : undefined));
    assert.deepEqual(page.troubles, []);
    await page.close();
  });
});

/** Names of elements may be names of functions in the page. */
function element(id: string): string {
  return `document.getElementById('${id}')`;
}

function askWith(token: string): string {
  return `${element('token')}.value = '${token}', ${element('ask')}.requestSubmit()`;
}
