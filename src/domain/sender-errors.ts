// Errors of domains and sender signatures (contract management 3.3, 4.3 and 13). What belongs to another account is 513 or 507,
// what is not there 510 or 501.
import { apiError, type ApiError } from './api-error.ts';

export const SENDER_ERRORS = {
  badPaging: (problem: string) => apiError(500, problem),

  domainNotFound: () => apiError(510, 'This domain was not found.'),
  noDomainFields: () => apiError(511, 'The request has no field of a domain that can be changed: ReturnPathDomain.'),
  domainExists: (name: string) => apiError(512, `This account has the domain '${name}' already.`),
  domainNotYours: () => apiError(513, 'This domain belongs to another account.'),
  domainNameMissing: () => apiError(514, "The 'Name' of the domain is required."),
  domainNameTooLong: () => apiError(515, "The 'Name' of the domain is longer than 255 characters."),
  domainNameBad: (name: string) => apiError(516, `'${name}' is not a domain name such as example.com.`),
  publicDomain: (name: string) =>
    apiError(
      503,
      `Addresses of '${name}' are given to everybody by a mailbox provider, so that mail from them can only be sent by that provider. Use a domain of your own.`,
    ),
  alreadyRenewing: () => apiError(505, 'This DKIM is already being renewed.'),
  notRenewable: () => apiError(508, 'This DKIM cannot be renewed: the domain has no key.'),
  noCustomTracking: () => apiError(523, 'This domain has no custom tracking domain: there is no CNAME to look for.'),

  signatureNotFound: () => apiError(501, 'This signature was not found.'),
  signatureWithoutDkim: () =>
    apiError(501, 'This signature has no DKIM information, because its domain was removed. Add the domain again.', 500),
  noSignatureFields: () => apiError(502, 'The request has no field of a signature.'),
  signatureExists: (address: string) =>
    apiError(504, `There is a signature for '${address}' or for the same address in other letters already.`),
  alreadyConfirmed: () => apiError(506, 'This signature is confirmed already.'),
  signatureNotYours: () => apiError(507, 'This signature belongs to another account.'),
  fieldMissing: (field: string) => apiError(520, `The field '${field}' is required.`),
  fieldTooLong: (field: string, most: number) => apiError(521, `'${field}' is longer than ${most} characters.`),
  notAnAddress: (field: string, value: string) => apiError(522, `'${field}' is not a valid address: '${value}'.`),
  notASubdomain: (value: string, domain: string) =>
    apiError(
      522,
      `The 'ReturnPathDomain' must be a subdomain of '${domain}', such as pm-bounces.${domain}, and '${value}' is not.`,
    ),
  tooManyConfirmations: (address: string) =>
    apiError(429, `Confirmation emails to '${address}' were sent several times within the hour; try again later.`),
  /** Suppressed, for example: it says why in its own code. */
  confirmationRefused: ({ code, message }: ApiError) =>
    apiError(code, `The confirmation email could not be sent: ${message}`),
  confirmationNotSent: (why: string) => apiError(100, `The confirmation email could not be sent now: ${why}`),
} as const;
