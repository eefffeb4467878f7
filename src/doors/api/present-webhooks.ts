// Webhooks, their verification and their counts on the wire (contract sending 18).
import { presentTime } from './present.ts';
import type { Verification } from '../../core/manage-webhooks.ts';
import type { Trigger, Webhook } from '../../domain/webhook.ts';
import type { DeliveryCounts } from '../../ports/webhook-store.ts';

type Json = Readonly<Record<string, unknown>>;

export function presentWebhook(webhook: Webhook): Json {
  const { id, url, streamId, status, httpAuth, httpHeaders, triggers } = webhook;
  return {
    ID: id,
    Url: url,
    MessageStream: streamId,
    Status: status,
    HttpAuth: httpAuth === undefined ? null : { Username: httpAuth.username, Password: httpAuth.password },
    HttpHeaders: httpHeaders.map(({ name, value }) => ({ Name: name, Value: value })),
    Triggers: Object.fromEntries(Object.entries(triggers).map(([type, trigger]) => [type, presentTrigger(trigger)])),
  };
}

function presentTrigger({ enabled, firstOpenOnly, includeContent }: Trigger): Json {
  return {
    Enabled: enabled,
    ...(firstOpenOnly !== undefined && { PostFirstOpenOnly: firstOpenOnly }),
    ...(includeContent !== undefined && { IncludeContent: includeContent }),
  };
}

/** A webhook that was not kept has the id 0, a probe without an answer the status 0. */
export function presentVerification({ id, url, ok, results, message }: Verification): Json {
  return {
    Id: id ?? 0,
    Url: url,
    Success: ok,
    Results: results.map((result) => ({
      TriggerType: result.type,
      Success: result.ok,
      StatusCode: result.status ?? 0,
      Message: result.message,
    })),
    Message: message,
  };
}

export interface CountsOf {
  readonly id: number;
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
}

export function presentCounts({ succeeded, failed, slow, verySlow }: DeliveryCounts, { id, from, to }: CountsOf): Json {
  return {
    ID: id,
    FromDate: presentTime(from),
    ToDate: presentTime(to),
    TotalCount: succeeded + failed,
    SuccessCount: succeeded,
    FailureCount: failed,
    SlowCount: slow,
    VerySlowCount: verySlow,
  };
}
