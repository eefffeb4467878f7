// What the API says to servers that it does not take (contract management 2 and 13).
import { apiError } from './api-error.ts';
import { SERVER_COLORS, TRACK_LINKS } from './server.ts';

export const SERVER_ERRORS = {
  badList: (message: string) => apiError(600, message),
  unknown: (id: string) => apiError(601, `There is no server with the id '${id.slice(0, 20)}'.`),
  inboundDomainTaken: () => apiError(602, 'This inbound domain is in use by another server.'),
  nameTaken: (name: string) => apiError(603, `A server with the name '${name}' exists already.`),
  deletionIsOff: () =>
    apiError(604, 'Deleting servers over the API is switched off; BULKHEAD_SERVER_DELETION=true switches it on.'),
  isPaused: (name: string, stream: string) =>
    apiError(
      605,
      `The server '${name}' cannot be removed while its stream '${stream}' is paused: the mail that waits there could not be sent any more. Resume it first.`,
    ),
  badUrl: (field: string, problem: string) => apiError(606, `The ${field} is not valid: ${problem}.`),
  badColor: () => apiError(607, `The Color must be one of ${SERVER_COLORS.join(', ')}.`),
  badName: (problem: string) => apiError(608, `The Name of the server is not valid: ${problem}.`),
  badInboundDomain: (problem: string) => apiError(608, `The InboundDomain is not valid: ${problem}.`),
  noData: () => apiError(609, 'No server data was given.'),
  noInboundMx: (domain: string, host: string, detail: string) =>
    apiError(610, `The inbound domain ${domain} needs an MX record that leads to ${host}; ${detail}.`),
  badThreshold: () => apiError(611, 'The InboundSpamThreshold must be a whole number from 0 to 30.'),
  badTrackLinks: () => apiError(612, `TrackLinks must be one of ${TRACK_LINKS.join(', ')}.`),
  badDeliveryType: () => apiError(613, 'The DeliveryType must be Live or Sandbox.'),
  deliveryTypeIsFixed: () => apiError(613, 'The DeliveryType of a server cannot be changed after its creation.'),
} as const;
