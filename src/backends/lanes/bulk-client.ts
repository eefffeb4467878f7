// The desk for bulk requests on another thread, seen from the thread that accepts mail.
//
// Promises: the body goes over without a copy. Where the thread dies while it works on a request, its successor is asked
// whether the request was kept, so that a client is not told to send again what will be sent.
import { CallLost, type Calls } from './calls.ts';
import { BULK_ERRORS } from '../../domain/bulk-errors.ts';
import type { BulkRequest } from '../../domain/bulk.ts';
import type { ServerId } from '../../lib/ids.ts';
import {
  BulkUnavailable,
  type BulkAnswer,
  type BulkCancelled,
  type BulkDesk,
  type BulkSubmission,
} from '../../ports/bulk-desk.ts';

export interface BulkClientOptions {
  readonly calls: Calls;
  /** Resolves with true when the thread is up (again), with false where that takes too long. */
  readonly whenReady: () => Promise<boolean>;
  /** Longer than the desk itself gives a request. */
  readonly acceptDeadlineMs: number;
  readonly deadlineMs: number;
}

export function bulkDeskOn({ calls, whenReady, acceptDeadlineMs, deadlineMs }: BulkClientOptions): BulkDesk {
  async function ask(method: string, args: readonly unknown[]): Promise<unknown> {
    if (!(await whenReady())) throw new BulkUnavailable('the thread for bulk requests is not there');
    try {
      return await calls.call(method, args, { deadlineMs });
    } catch (error) {
      throw error instanceof CallLost ? new BulkUnavailable(error.message, { cause: error }) : error;
    }
  }

  const find = async (serverId: ServerId, id: string): Promise<BulkRequest | undefined> =>
    (await ask('find', [serverId, id])) as BulkRequest | undefined;

  /** The answer was lost; what became of the request is not. */
  async function afterLoss({ server, id }: BulkSubmission): Promise<BulkAnswer> {
    if (server === undefined) throw new BulkUnavailable('nobody answered');
    try {
      const request = await find(server.id, id);
      if (request !== undefined) return { kind: 'accepted', request };
    } catch (error) {
      if (!(error instanceof BulkUnavailable)) throw error;
      return { kind: 'refused', error: BULK_ERRORS.unclear(id) };
    }
    throw new BulkUnavailable('the request was lost on its way');
  }

  return {
    async accept(submission) {
      if (!(await whenReady())) throw new BulkUnavailable('the thread for bulk requests is not there');
      const transfer = submission.body.map(({ buffer }) => buffer as ArrayBuffer);
      try {
        return (await calls.call('accept', [submission], { deadlineMs: acceptDeadlineMs, transfer })) as BulkAnswer;
      } catch (error) {
        if (error instanceof CallLost) return afterLoss(submission);
        throw error;
      }
    },
    find,
    list: async (serverId, page) => (await ask('list', [serverId, page])) as readonly BulkRequest[],
    cancel: async (serverId, id) => (await ask('cancel', [serverId, id])) as BulkCancelled,
  };
}
