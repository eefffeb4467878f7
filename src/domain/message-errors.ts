// What the Messages API says no with, beside what it shares with others (contract management 7 and 13).
import { apiError } from './api-error.ts';
import type { InboundWish } from './inbound-message.ts';

export const MESSAGE_ERRORS = {
  notApplicable: (wish: InboundWish, status: string) =>
    apiError(
      701,
      wish === 'bypass'
        ? `This message is not blocked (its status is ${status}), so there is nothing to bypass.`
        : `This message has not failed (its status is ${status}), so there is nothing to retry.`,
    ),
  wishFailed: (wish: InboundWish) =>
    wish === 'bypass'
      ? apiError(702, 'The rules could not be bypassed for this message; try again in a moment.')
      : apiError(703, 'The message could not be scheduled again; try again in a moment.'),
} as const;
