import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'chat.post-message',
  version: '1.0.0',
  title: 'Post a chat message',
  description:
    'Posts plain text to a channel or a person in Microsoft Teams, through a Workflows webhook. Formatting in the text is shown as typed.',
  class: 'notify',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['text'],
    oneOf: [{ required: ['channel'] }, { required: ['user'] }],
    properties: {
      channel: {
        description: 'Name of a channel that the connection has a webhook for.',
        type: 'string',
        minLength: 1,
        maxLength: 80,
      },
      user: {
        description: 'User principal name of a person that the connection has a webhook for.',
        type: 'string',
        minLength: 1,
        maxLength: 256,
      },
      text: {
        description: 'The message; never read as formatting.',
        type: 'string',
        minLength: 1,
        maxLength: 6000,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    properties: {
      accepted: { description: 'The workflow took the message.', const: true },
    },
    examples: [{ accepted: true }],
  },
  effectSentence: 'A message is posted; it cannot be unsent.',
  idempotent: 'no',
  inverse: { kind: 'not-needed' },
  secrets: ['webhook:<channel>', 'webhook:user:<user>'],
  permissions: [],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  docs: [
    'https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using',
  ],
};
