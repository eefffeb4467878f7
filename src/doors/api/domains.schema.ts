// The wire form of requests about sending domains (contract management 3.1).
import { Type } from 'typebox';

const ReturnPathDomain = Type.Optional(
  Type.Union([Type.String(), Type.Null()], {
    description:
      'A subdomain of the domain, such as pm-bounces.example.com, with a CNAME to us; empty or null for none.',
  }),
);

export const CreateDomainSchema = Type.Object({
  Name: Type.String({ description: 'A domain of your own, such as example.com; 255 characters at most.' }),
  ReturnPathDomain,
});

export const EditDomainSchema = Type.Object({ ReturnPathDomain });
