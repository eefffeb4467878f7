// What the suppressions API says no with, for a whole request and for one address of it (contract sending 3, 4 and 15).
import { apiError } from './api-error.ts';
import { SUPPRESSION_ORIGINS, SUPPRESSION_REASONS } from './suppression.ts';

/** Addresses in one request. */
export const MAX_SUPPRESSIONS = 50;

export const SUPPRESSION_ERRORS = {
  invalidReason: () => apiError(1404, `The 'SuppressionReason' must be one of ${SUPPRESSION_REASONS.join(', ')}.`),
  invalidOrigin: () => apiError(1405, `The 'Origin' must be one of ${SUPPRESSION_ORIGINS.join(', ')}.`),
  /** The family has no code for dates: the one of the statistics says what is wrong. */
  invalidDate: (message: string) => apiError(900, message),
  inbound: (id: string) => apiError(1407, `The stream '${id}' is an inbound stream, which sends to nobody.`),
  malformedBody: (detail: string) =>
    apiError(
      1409,
      `The body must be {"Suppressions": [{"EmailAddress": "…"}]} with 1 to ${MAX_SUPPRESSIONS} entries: ${detail}`,
    ),
  tooMany: () => apiError(1410, `You can change up to ${MAX_SUPPRESSIONS} suppressions in a single request.`),
} as const;

/** `Message` of one address in an answer of 200. */
export const SUPPRESSION_TEXTS = {
  invalidAddress: 'An invalid email address was provided.',
  noAuthority: 'You do not have the required authority to change this suppression.',
} as const;
