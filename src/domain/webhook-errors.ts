// What the API says to webhooks that it does not take (contract sending 3 and 18). Codes 1353, 1360 and 1362 do not occur: every
// trigger may be on every stream that sends, and there are no integrations.
import { apiError } from './api-error.ts';

export const WEBHOOK_ERRORS = {
  archivedStream: (id: string) => apiError(1350, `The stream '${id}' is archived and has no webhooks.`),
  inboundStream: (id: string) => apiError(1351, `The stream '${id}' is an inbound stream and has no webhooks.`),
  notFound: () => apiError(1352, "The webhook for the provided 'ID' was not found."),
  badUrl: (problem: string) => apiError(1354, `The 'Url' ${problem}.`),
  noBody: () => apiError(1355, 'The request holds no webhook.'),
  idGiven: () => apiError(1356, "The 'ID' of a new webhook cannot be chosen."),
  fixedField: (name: 'ID' | 'MessageStream') => apiError(1357, `The '${name}' of a webhook cannot be changed.`),
  badHeaderName: (problem: string) => apiError(1358, `The 'Name' of a header ${problem}.`),
  tooMany: (most: number) => apiError(1359, `A stream can have ${most} webhooks at most.`),
  badField: (message: string) => apiError(1361, message),
  statusGiven: () => apiError(1363, "The 'Status' of a webhook cannot be set."),
  notVerified: (message: string) => apiError(1364, message),
} as const;
