// The wire form of a request for data removal (contract management 11.1).
import { Type } from 'typebox';

export const DataRemovalSchema = Type.Object({
  RequestedBy: Type.String({ description: 'Address of who asks; told when it is done, if so wished.' }),
  RequestedFor: Type.String({ description: 'Address of the recipient whose data is to be erased.' }),
  NotifyWhenCompleted: Type.Optional(
    Type.Boolean({ description: 'Whether a mail to RequestedBy says when it is done.' }),
  ),
});
