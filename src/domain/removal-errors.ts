// Errors of data removals (contract management 11.1).
import { apiError } from './api-error.ts';

export const REMOVAL_ERRORS = {
  invalid: (problem: string) => apiError(1300, problem),
  unknown: () => apiError(1301, "The data removal for the provided 'ID' was not found."),
  notPermitted: () => apiError(1302, 'Data removals are not turned on in this installation. Its operator can do that.'),
} as const;
