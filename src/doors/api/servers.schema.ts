// The wire form of a server (contract management 2.2). Values with codes of their own are texts here and judged by the core.
import { Type } from 'typebox';

const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const text = (description: string) => Type.Optional(Type.String({ description }));

const list = (description: string) =>
  Type.Optional(Type.Array(Type.String(), { description, maxItems: MAX_LIST_ITEMS }));
/** What is beyond the core's own bounds need not be read. */
const MAX_LIST_ITEMS = 100;

export const ServerSchema = Type.Object({
  Name: text('Unique within the account; required at creation.'),
  Color: text('Purple, Blue, Turquoise, Green, Red, Yellow, Grey or Orange.'),
  SmtpApiActivated: flag('Whether mail can be submitted over SMTP.'),
  RawEmailEnabled: flag('Whether inbound hooks carry the whole message.'),
  DeliveryType: text('Live, or Sandbox: accepted and shown as delivered, and nothing leaves. At creation only.'),
  InboundHookUrl: text('Where inbound mail is posted to; empty for nowhere.'),
  InboundDomain: text('A domain whose MX leads here; `*.` before it takes its subdomains.'),
  InboundSpamThreshold: Type.Optional(Type.Integer({ description: '0 to 30; 0 is none.' })),
  BounceHookUrl: text('Legacy hook of the default stream.'),
  OpenHookUrl: text('Legacy hook of the default stream.'),
  DeliveryHookUrl: text('Legacy hook of the default stream.'),
  ClickHookUrl: text('Legacy hook of the default stream.'),
  PostFirstOpenOnly: flag('Whether the legacy open hook posts first opens only.'),
  TrackOpens: flag('Default of all messages; where it is on, a message cannot switch it off.'),
  TrackLinks: text('None, HtmlAndText, HtmlOnly or TextOnly; a message may say otherwise.'),
  IncludeBounceContentInHook: flag('Whether the legacy bounce hook carries the bounce.'),
  EnableSmtpApiErrorHooks: flag('Whether refusals of SMTP submissions are posted as bounces.'),
});

export const ServerTokenSchema = Type.Object({
  Token: text('A UUID to be the token; a new one without it.'),
  Streams: list('The only streams that it sends through.'),
  FromDomains: list('The only domains that its messages are from.'),
  Networks: list('The only networks (CIDR) that it may be used from.'),
  ExpiresAt: text('ISO 8601: from then on it is no good.'),
});
