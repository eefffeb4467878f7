// The wire form of requests about sender signatures (contract management 4.1).
import { Type } from 'typebox';

const text = (description: string) => Type.Optional(Type.String({ description }));

const FIELDS = {
  Name: Type.String({ description: 'Shown in From where a message gives no name; 255 characters at most.' }),
  ReplyToEmail: text('Reply-To of messages that give none; empty for none.'),
  ReturnPathDomain: text('Of the domain of the address: a subdomain of it with a CNAME to us; empty for none.'),
  ConfirmationPersonalNote: text('Words to the reader of the confirmation email; 400 characters at most.'),
};

export const CreateSignatureSchema = Type.Object({
  FromEmail: Type.String({ description: 'The address that shall send; who reads its mailbox has to confirm it.' }),
  ...FIELDS,
});

export const EditSignatureSchema = Type.Object(FIELDS);
