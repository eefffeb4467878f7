// What the message streams API says no with (contract sending 3 and 13).
//
// The text of 1226 is one that clients compare; the others are ours.
import { apiError } from './api-error.ts';
import { MAX_STREAMS, UNSUBSCRIBE_HANDLINGS } from './stream.ts';

export const STREAM_LIMITS = { idChars: 30, nameChars: 100, descriptionChars: 1000 } as const;

export const STREAM_ERRORS = {
  invalidType: (what: string) => apiError(1221, `The 'MessageStreamType' is not valid: ${what}`),
  idMissing: () => apiError(1222, "The 'ID' of the message stream is missing."),
  nameMissing: () => apiError(1223, "The 'Name' of the message stream is missing."),
  nameTooLong: () =>
    apiError(1224, `The 'Name' of a message stream has ${STREAM_LIMITS.nameChars} characters at most.`),
  tooMany: () => apiError(1225, `A server can have ${MAX_STREAMS} message streams at most; archive one first.`),
  notFound: () => apiError(1226, "The message stream for the provided 'ID' was not found."),
  invalidId: () =>
    apiError(
      1227,
      `The 'ID' of a message stream begins with a lower-case letter, followed by lower-case letters, digits, '-' and '_'; ${STREAM_LIMITS.idChars} characters at most.`,
    ),
  secondInbound: () => apiError(1228, 'A server can have one inbound message stream only, and this one has it.'),
  cannotArchive: (id: string) => apiError(1229, `The default message stream '${id}' cannot be archived.`),
  idTaken: (id: string) =>
    apiError(1230, `This server has a message stream with the ID '${id}' already; it may be an archived one.`),
  descriptionTooLong: () =>
    apiError(1231, `The 'Description' of a message stream has ${STREAM_LIMITS.descriptionChars} characters at most.`),
  purged: () =>
    apiError(1232, 'This message stream was archived too long ago: it is deleted and cannot be unarchived any more.'),
  reservedPrefix: () => apiError(1233, "The 'ID' of a message stream cannot begin with 'pm-'."),
  descriptionMarkup: () => apiError(1234, "The 'Description' of a message stream cannot hold '<' or '>'."),
  reservedId: (id: string) => apiError(1237, `The 'ID' '${id}' is reserved.`),
  unsupportedHandling: (handling: string, type: string) =>
    apiError(1239, `The 'UnsubscribeHandlingType' ${handling} is not supported on streams of the type ${type}.`),
  invalidHandling: () =>
    apiError(1240, `The 'UnsubscribeHandlingType' must be one of ${UNSUBSCRIBE_HANDLINGS.join(', ')}.`),
} as const;
