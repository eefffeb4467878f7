// The body of both calls that change a suppression list (contract sending 15).
import { Type } from 'typebox';

/** Beyond this nothing is read: the answer is the same as for 51. */
const MAX_READ = 10_000;

export const SuppressionsSchema = Type.Object({
  Suppressions: Type.Array(Type.Object({ EmailAddress: Type.String() }), {
    maxItems: MAX_READ,
    description: '1 to 50 addresses.',
  }),
});

export const SUPPRESSION_SCHEMAS = {
  'POST /message-streams/{id}/suppressions': SuppressionsSchema,
  'POST /message-streams/{id}/suppressions/delete': SuppressionsSchema,
} as const;
