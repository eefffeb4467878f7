// Servers and their tokens as JSON (contract management 2.2).
import { presentTime } from './present.ts';
import type { Server, TokenRecord } from '../../domain/server.ts';

export interface ServerSurroundings {
  /** Of its live tokens. */
  readonly tokens: readonly string[];
  readonly baseUrl: string;
  readonly inboundDomain: string;
}

export function presentServer({ id, name, settings }: Server, { tokens, baseUrl, inboundDomain }: ServerSurroundings) {
  return {
    ID: id,
    Name: name,
    ApiTokens: tokens,
    Color: settings.color,
    SmtpApiActivated: settings.smtpApiActivated,
    RawEmailEnabled: settings.rawEmailEnabled,
    DeliveryType: settings.deliveryType,
    ServerLink: `${baseUrl}/servers/${id}/streams`,
    InboundAddress: `${settings.inboundHash}@${inboundDomain}`,
    InboundHookUrl: settings.inboundHookUrl,
    BounceHookUrl: settings.bounceHookUrl,
    OpenHookUrl: settings.openHookUrl,
    DeliveryHookUrl: settings.deliveryHookUrl,
    PostFirstOpenOnly: settings.postFirstOpenOnly,
    InboundDomain: settings.inboundDomain,
    InboundHash: settings.inboundHash,
    InboundSpamThreshold: settings.inboundSpamThreshold,
    TrackOpens: settings.trackOpens,
    TrackLinks: settings.trackLinks,
    IncludeBounceContentInHook: settings.includeBounceContentInHook,
    ClickHookUrl: settings.clickHookUrl,
    EnableSmtpApiErrorHooks: settings.enableSmtpApiErrorHooks,
  };
}

/** Ours. The text is there when the token was just made. */
export function presentToken(token: TokenRecord, text?: string) {
  const { id, kind, streamId, hint, createdAt, lastUsedAt, limits = {} } = token;
  return {
    ID: id,
    Kind: kind === 'smtp' ? 'SMTP' : 'Server',
    ...(streamId !== undefined && { StreamID: streamId }),
    ...(text !== undefined && { Token: text }),
    Hint: hint,
    CreatedAt: presentTime(createdAt),
    LastUsedAt: lastUsedAt === undefined ? null : presentTime(lastUsedAt),
    ...(limits.streams !== undefined && { Streams: limits.streams }),
    ...(limits.fromDomains !== undefined && { FromDomains: limits.fromDomains }),
    ...(limits.networks !== undefined && { Networks: limits.networks }),
    ...(limits.expiresAt !== undefined && { ExpiresAt: presentTime(limits.expiresAt) }),
  };
}
