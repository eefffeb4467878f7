// Describes sending domains and sender signatures (contract management 3 and 4).
import { Type } from 'typebox';
import { CreateDomainSchema, EditDomainSchema } from '../domains.schema.ts';
import { CreateSignatureSchema, EditSignatureSchema } from '../senders.schema.ts';
import { done, flag, int, listOf, paging, text, texts, type Descriptions } from './description.ts';

const Problems = Type.Array(Type.String(), {
  description: 'Ours: sentences about what is wrong with the DNS records.',
});

const spf = { SPFVerified: flag, SPFHost: text, SPFTextValue: text };

const dkim = {
  DKIMVerified: flag,
  WeakDKIM: flag,
  DKIMHost: text,
  DKIMTextValue: text,
  DKIMPendingHost: text,
  DKIMPendingTextValue: text,
  DKIMRevokedHost: text,
  DKIMRevokedTextValue: text,
  SafeToRemoveRevokedKeyFromDNS: flag,
  DKIMUpdateStatus: Type.Enum(['Pending', 'Verified']),
};

const returnPath = { ReturnPathDomain: text, ReturnPathDomainVerified: flag, ReturnPathDomainCNAMEValue: text };

const Domain = Type.Object({ ID: int, Name: text, ...spf, ...dkim, ...returnPath, Problems });

const DomainSummary = Type.Object({
  ID: int,
  Name: text,
  SPFVerified: flag,
  DKIMVerified: flag,
  WeakDKIM: flag,
  ReturnPathDomainVerified: flag,
  Problems: texts,
});

const summary = {
  Domain: text,
  EmailAddress: text,
  ReplyToEmailAddress: text,
  Name: text,
  Confirmed: flag,
  ID: int,
};

const signature = {
  ...summary,
  ...spf,
  ...dkim,
  ...returnPath,
  ConfirmationPersonalNote: text,
  Problems,
};
const Signature = Type.Object(signature);

const ofDomains = { tag: 'Domains', token: 'account' } as const;
const ofSignatures = { tag: 'Sender signatures', token: 'account' } as const;
const ofPage = { tag: 'Sender signatures', token: 'public', ours: true, answer: 'text/html' } as const;
const noDomain = [510, 513];
const noSignature = [501, 507];
const looks = 'Asks DNS now. 200 whatever DNS says: `Problems` say what is wrong.';

export const SENDERS: Descriptions = {
  'GET /domains': {
    ...ofDomains,
    summary: 'Sending domains',
    more: 'Those that may send first, then by name.',
    query: paging,
    answer: Type.Object({ TotalCount: int, Domains: listOf(DomainSummary) }),
    codes: [500],
  },
  'POST /domains': {
    ...ofDomains,
    summary: 'Add a sending domain',
    more: 'Makes its DKIM key, which signs when its record was seen.',
    body: CreateDomainSchema,
    example: { Name: 'example.com', ReturnPathDomain: 'pm-bounces.example.com' },
    answer: Domain,
    codes: [402, 403, 503, 512, 514, 515, 516, 521, 522],
  },
  'GET /domains/{id}': { ...ofDomains, summary: 'One domain', answer: Domain, codes: noDomain },
  'PUT /domains/{id}': {
    ...ofDomains,
    summary: 'Change its return path',
    body: EditDomainSchema,
    example: { ReturnPathDomain: 'pm-bounces.example.com' },
    answer: Domain,
    codes: [402, 403, ...noDomain, 511, 521, 522],
  },
  'DELETE /domains/{id}': { ...ofDomains, summary: 'Remove a domain', answer: done, codes: noDomain },
  'PUT /domains/{id}/verifyDkim': {
    ...ofDomains,
    summary: 'Look for its DKIM records',
    more: looks,
    answer: Domain,
    codes: noDomain,
  },
  'PUT /domains/{id}/verifyReturnPath': {
    ...ofDomains,
    summary: 'Look for the CNAME of its return path',
    more: looks,
    answer: Domain,
    codes: noDomain,
  },
  'PUT /domains/{id}/verifyCustomTracking': {
    ...ofDomains,
    summary: 'Look for its custom tracking domain',
    more: 'There are none: always 523.',
    answer: done,
    codes: [...noDomain, 523],
  },
  'POST /domains/{id}/verifyspf': {
    ...ofDomains,
    summary: 'SPF, which counts as there',
    answer: Type.Object(spf),
    codes: noDomain,
  },
  'POST /domains/{id}/rotatedkim': {
    ...ofDomains,
    summary: 'Make the DKIM key that comes next',
    more: 'The present key signs until the record of the next one is seen.',
    answer: Type.Object({ ID: int, Name: text, ...dkim }),
    codes: [505, 508, ...noDomain],
  },
  'GET /senders': {
    ...ofSignatures,
    summary: 'Sender signatures',
    more: 'Those that may send first, then by address.',
    query: paging,
    answer: Type.Object({ TotalCount: int, SenderSignatures: listOf(Type.Object(summary)) }),
    codes: [500],
  },
  'POST /senders': {
    ...ofSignatures,
    summary: 'Add a sender signature',
    more: 'Its mailbox gets a confirmation email; it may send once its reader has confirmed.',
    body: CreateSignatureSchema,
    example: { FromEmail: 'ann@example.com', Name: 'Ann Lee', ConfirmationPersonalNote: 'For the new shop.' },
    answer: Signature,
    codes: [402, 403, 502, 503, 504, 520, 521, 522],
  },
  'GET /senders/{id}': { ...ofSignatures, summary: 'One signature', answer: Signature, codes: noSignature },
  'PUT /senders/{id}': {
    ...ofSignatures,
    summary: 'Change a signature',
    body: EditSignatureSchema,
    example: { Name: 'Ann Lee', ReplyToEmail: 'desk@example.com' },
    answer: Signature,
    codes: [402, 403, ...noSignature, 502, 520, 521, 522],
  },
  'DELETE /senders/{id}': { ...ofSignatures, summary: 'Remove a signature', answer: done, codes: noSignature },
  'POST /senders/{id}/resend': {
    ...ofSignatures,
    summary: 'Send the confirmation email again',
    answer: done,
    codes: [406, 506, ...noSignature],
    statuses: {
      429: 'The address was written to five times within the hour: code 429.',
      503: 'It cannot be sent now: code 100.',
    },
  },
  'POST /senders/{id}/verifyspf': {
    ...ofSignatures,
    summary: 'The signature, with SPF that counts as there',
    answer: Signature,
    codes: noSignature,
  },
  'POST /senders/{id}/requestnewdkim': {
    ...ofSignatures,
    summary: 'Make the next DKIM key of its domain',
    answer: Type.Object({ ...signature, ErrorCode: int, Message: text }),
    codes: [505, 508, ...noSignature],
    statuses: { 500: 'Its domain was removed: code 501.' },
  },
  'GET /confirm-sender/{token}': {
    ...ofPage,
    summary: 'The page behind the link of a confirmation email',
    more: 'Changes nothing.',
    statuses: { 404: 'A page that says that the link does not work.' },
  },
  'POST /confirm-sender/{token}': {
    ...ofPage,
    summary: 'Confirm the address',
    statuses: { 404: 'A page that says that the link does not work.' },
  },
};
