// Errors of the statistics (contract management 8.1).
import { apiError } from './api-error.ts';

export const STATISTICS_ERRORS = {
  invalidDate: (problem: string) => apiError(900, problem),
  unknownStream: () => apiError(1226, "The message stream for the provided 'ID' was not found."),
  fromAfterTo: () => apiError(1502, "The parameter 'fromdate' cannot be later than 'todate'."),
} as const;
