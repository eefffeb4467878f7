// The wire form of a webhook to make or to change (contract sending 18). Types only; rules are those of core/manage-webhooks.
import { Type } from 'typebox';

const text = (description: string) => Type.Optional(Type.String({ description }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));

const trigger = (description: string) =>
  Type.Optional(Type.Object({ Enabled: flag('Off where it is left out of a new webhook.') }, { description }));
const triggerWithContent = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        Enabled: flag('Off where it is left out of a new webhook.'),
        IncludeContent: flag('Whether the payload carries what came back.'),
      },
      { description },
    ),
  );

/** Beyond the number that is allowed, so that too many can be told apart from what is no list. */
const MAX_LIST_ITEMS = 100;

export const WebhookSchema = Type.Object({
  ID: Type.Optional(Type.Integer({ description: 'Not at creation; else the id in the path.' })),
  Url: text('http or https; required at creation. May hold a user name and a password.'),
  MessageStream: text('Id of the stream; `outbound` without it. Cannot be changed.'),
  Status: text('Read-only: refused here.'),
  HttpAuth: Type.Optional(
    Type.Object(
      { Username: text('Without a colon.'), Password: text('Sent as Basic credentials.') },
      { description: 'Both empty: none.' },
    ),
  ),
  HttpHeaders: Type.Optional(
    Type.Array(Type.Object({ Name: text('Name of the header.'), Value: text('Its value.') }), {
      description: 'Sent with every request, 30 at most; an empty list clears them.',
      maxItems: MAX_LIST_ITEMS,
    }),
  ),
  Triggers: Type.Optional(
    Type.Object(
      {
        Open: Type.Optional(
          Type.Object({
            Enabled: flag('Off where it is left out of a new webhook.'),
            PostFirstOpenOnly: flag('Only the first open of each recipient.'),
          }),
        ),
        Click: trigger('A link was followed.'),
        Delivery: trigger('A remote server took a message.'),
        Bounce: triggerWithContent('A message bounced.'),
        SpamComplaint: triggerWithContent('A recipient complained.'),
        SubscriptionChange: trigger('An address was suppressed, or is no longer.'),
      },
      { description: 'What is left out stays as it is.' },
    ),
  ),
  Verify: flag('Whether every enabled trigger is probed first; `false` keeps it unverified, which receives nothing.'),
});
