import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { copyOutputs, docs, messageArgument, permissions } from '../client/manifest-parts.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'imap.quarantine-message',
  version: '1.0.0',
  title: 'Quarantine a message over IMAP',
  description:
    'Moves a message of one mailbox into its quarantine folder, which is made when it is missing. All copies with the Message-ID that lie in one folder go together; in several folders each is quarantined by its own key.',
  class: 'contain',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['message'],
    properties: { message: messageArgument },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['state'],
    properties: {
      state: { description: 'The state the message is in.', const: 'quarantined' },
      ...copyOutputs,
      folder: {
        description: 'Folder that it lay in before; absent when nothing was moved, or nobody knows.',
        type: 'string',
      },
      kept_as: {
        description: 'Uidvalidity and uids in the quarantine folder, as far as the server tells them.',
        type: 'string',
      },
    },
    examples: [
      {
        state: 'quarantined',
        mailbox: 'ann@example.org',
        location: 'Quarantine',
        folder: 'INBOX',
        subject: 'Your invoice 8841',
        from: 'billing@phish.example',
        flags: ['\\Seen'],
        copies: 1,
        kept_as: '1790000000:7',
      },
    ],
  },
  target: { argument: 'message', kind: 'mail' },
  effect: 'quarantined',
  effectSentence: 'The message {name} is moved out of sight into the quarantine folder of the mailbox.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['password'],
  permissions: [permissions.read, permissions.move],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 300_000,
  facts: { name: 'subject' },
  untrusted: ['subject', 'from', 'flags', 'folder'],
  byHand:
    'In the mailbox, with all folders shown: does the message, found by its Message-ID, lie in the quarantine folder and in no other?',
  docs: [docs.imap, docs.move],
};
