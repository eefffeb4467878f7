// The wire form of a rule for inbound mail (contract management 10).
import { Type } from 'typebox';

export const InboundRuleSchema = Type.Object({
  Rule: Type.Optional(Type.String({ description: 'An address or a whole domain whose mail is blocked.' })),
});
