// What the API says to rules of inbound mail that it does not take (contract management 10 and 13).
import { apiError } from './api-error.ts';

export const INBOUND_RULE_ERRORS = {
  badList: (message: string) => apiError(800, message),
  noData: () => apiError(809, 'No rule was given.'),
  exists: (rule: string) => apiError(810, `The rule '${rule}' exists already.`),
  tooMany: (most: number) => apiError(800, `A server can have ${most} inbound rules at most.`),
  unknown: () => apiError(812, 'This inbound rule was not found.'),
  notARule: () =>
    apiError(813, 'The Rule must be an email address or a domain, such as someone@example.com or example.com.'),
} as const;
