import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'mail.quarantine-message',
  version: '1.1.0',
  title: 'Quarantine a message',
  description:
    'Moves one copy of a message from a mailbox into quarantine. The order is taken at once and carried out within minutes; the step ends when the copy lies in quarantine.',
  class: 'contain',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['message_id', 'mailbox'],
    properties: {
      message_id: {
        description: 'Id of the analysed mail in Defender for Office 365: one copy in one mailbox.',
        type: 'string',
        minLength: 1,
        maxLength: 256,
      },
      mailbox: {
        description: 'Address of the mailbox that the copy lies in; must match the copy.',
        type: 'string',
        minLength: 1,
        maxLength: 320,
      },
      comment: {
        description: 'Shown as description of the remediation in the Action center.',
        type: 'string',
        maxLength: 4000,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['state'],
    properties: {
      state: { description: 'The state the copy is in.', const: 'quarantined' },
      location: { description: 'Where the copy lies now.', type: 'string' },
      previous_location: {
        description: 'Where it lay before; absent when nothing was moved.',
        type: 'string',
      },
      folder: {
        description: 'Where it can be put back; absent when it lay elsewhere, or nothing was moved.',
        enum: ['inbox', 'junk', 'deleted'],
      },
      subject: { description: 'Subject of the message.', type: 'string' },
      mailbox: { description: 'Address of the mailbox.', type: 'string' },
      bulk_id: { description: 'Reference of the remediation in the Action center.', type: 'string' },
    },
    examples: [
      {
        state: 'quarantined',
        location: 'quarantine',
        previous_location: 'inbox',
        folder: 'inbox',
        subject: 'Your invoice 8841',
        mailbox: 'ann@contoso.com',
        bulk_id: '9c1d2e3f-0000-4000-8000-00000000b001',
      },
    ],
  },
  target: { argument: 'message_id', kind: 'mail' },
  effect: 'quarantined',
  effectSentence: 'The message {name} is moved out of the mailbox into quarantine.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: [
    'Microsoft Graph: SecurityAnalyzedMessage.ReadWrite.All',
    'Microsoft Graph: SecurityAnalyzedMessage.Read.All',
  ],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  facts: { name: 'subject' },
  untrusted: ['subject', 'mailbox'],
  byHand:
    'In the mailbox, or in Microsoft Defender under Explorer: is the message, found by its internet message id, out of the folder where its reader would see it?',
  docs: ['https://learn.microsoft.com/en-us/graph/api/security-analyzedemail-remediate'],
};
