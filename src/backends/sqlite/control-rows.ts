// Rows of control.sqlite as the domain's values.
import { DEFAULT_SERVER_SETTINGS, type Server, type ServerSettings, type TokenRecord } from '../../domain/server.ts';
import type { Stream, StreamKind, UnsubscribeHandling } from '../../domain/stream.ts';
import type { TokenLimits } from '../../domain/token-limits.ts';
import type { Suppression } from '../../domain/suppression.ts';
import type { AccountId, LaneId, ServerId, StreamId } from '../../lib/ids.ts';

export interface ServerRow {
  readonly id: number;
  readonly account_id: number;
  readonly name: string;
  readonly settings: string;
  readonly created_at: number;
}

export function readServer(row: ServerRow): Server {
  return {
    id: row.id as ServerId,
    accountId: row.account_id as AccountId,
    name: row.name,
    createdAt: row.created_at,
    settings: readSettings(row.settings),
  };
}

/** A setting that is newer than the row has its default. */
function readSettings(json: string): ServerSettings {
  return { ...DEFAULT_SERVER_SETTINGS, ...(JSON.parse(json) as Partial<ServerSettings>) };
}

export interface StreamRow {
  readonly server_id: number;
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly created_at: number;
  readonly archived_at: number | null;
  readonly pool: string | null;
  readonly description: string | null;
  readonly updated_at: number | null;
  readonly unsubscribe_handling: string;
}

export function readStream(row: StreamRow): Stream {
  return {
    id: row.id as StreamId,
    serverId: row.server_id as ServerId,
    name: row.name,
    kind: row.kind as StreamKind,
    pool: (row.pool ?? undefined) as LaneId | undefined,
    description: row.description ?? undefined,
    unsubscribeHandling: row.unsubscribe_handling as UnsubscribeHandling,
    createdAt: row.created_at,
    updatedAt: row.updated_at ?? undefined,
    archivedAt: row.archived_at ?? undefined,
  };
}

export interface TokenRow {
  readonly id: number;
  readonly kind: string;
  readonly account_id: number;
  readonly server_id: number | null;
  readonly stream_id: string | null;
  readonly hint: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
  readonly limits: string | null;
}

export const TOKEN_COLUMNS =
  'id, kind, account_id, server_id, stream_id, hint, created_at, revoked_at, last_used_at, limits';

export function readToken(row: TokenRow): TokenRecord {
  return {
    id: row.id,
    kind: row.kind as TokenRecord['kind'],
    accountId: row.account_id as AccountId,
    serverId: (row.server_id ?? undefined) as ServerId | undefined,
    streamId: (row.stream_id ?? undefined) as StreamId | undefined,
    hint: row.hint,
    createdAt: row.created_at,
    revokedAt: row.revoked_at ?? undefined,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.limits !== null && { limits: JSON.parse(row.limits) as TokenLimits }),
  };
}

export interface SuppressionRow {
  readonly server_id: number;
  readonly stream_id: string;
  readonly address: string;
  readonly reason: string;
  readonly origin: string;
  readonly created_at: number;
}

export function readSuppression(row: SuppressionRow): Suppression {
  return {
    serverId: row.server_id as ServerId,
    streamId: row.stream_id as StreamId,
    address: row.address,
    reason: row.reason as Suppression['reason'],
    origin: row.origin as Suppression['origin'],
    createdAt: row.created_at,
  };
}
