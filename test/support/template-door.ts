// The HTTP door for tests of templates: requests in one line, and templates that are there already.
import assert from 'node:assert/strict';
import { openDoor, TOKENS, type Door, type DoorOptions } from './api-door.ts';

export interface TemplateDoor extends Door {
  /** With a JSON body where there is one; as the first server. */
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown, token?: string): Promise<Answer>;
  /** Makes a template, and gives its id. */
  made(fields: Readonly<Record<string, unknown>>): Promise<number>;
}

export interface Answer {
  readonly status: number;
  // Read as a client in a dynamic language would.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export const WELCOME = {
  Name: 'Welcome',
  Alias: 'welcome',
  Subject: 'Hello {{name}}',
  HtmlBody: '<p>{{name}}</p>',
} as const;
export const FRAME = {
  Name: 'Frame',
  Alias: 'frame',
  TemplateType: 'Layout',
  HtmlBody: '<b>{{{ @content }}}</b>',
} as const;

export function openTemplateDoor(options: DoorOptions = {}): TemplateDoor {
  const door = openDoor(options);
  const call: TemplateDoor['call'] = async (method, url, body, token = TOKENS.server) => {
    const header = token === TOKENS.account ? 'x-postmark-account-token' : 'x-postmark-server-token';
    const response = await door.app.inject({
      method,
      url,
      headers: { [header]: token, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const json = response.json<Record<string, unknown>>();
    if (response.statusCode !== 200) assert.equal(response.headers['x-pm-apierrorcode'], String(json['ErrorCode']));
    return { status: response.statusCode, body: json };
  };
  return {
    ...door,
    call,
    async made(fields) {
      const { status, body } = await call('POST', '/templates', fields);
      assert.equal(status, 200, JSON.stringify(body));
      return (body as { TemplateId: number }).TemplateId;
    },
  };
}
