// What a request is refused with before anything of it is looked at. Ours, not Postmark's: numbers far from its own.
import { apiError } from './api-error.ts';

/** Characters of an `Idempotency-Key`. */
export const MAX_KEY_CHARS = 255;

export const REQUEST_ERRORS = {
  keyInUse: () =>
    apiError(
      9004,
      "This 'Idempotency-Key' was used within the last 24 hours for another request (another body or another path); nothing was sent. Use a new key for a new request.",
      409,
    ),
  invalidKey: () =>
    apiError(9003, `The 'Idempotency-Key' must have 1 to ${MAX_KEY_CHARS} characters of visible ASCII and spaces.`),
} as const;
