import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { copyOutputs, docs, messageArgument, permissions } from '../client/manifest-parts.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'imap.release-message',
  version: '1.0.0',
  title: 'Give a message back over IMAP',
  description:
    'Moves a message out of the quarantine folder of its mailbox into the folder it came from, or into INBOX where that is not known or gone. Its flags go along.',
  class: 'restore',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['message'],
    properties: {
      message: messageArgument,
      folder: {
        description: 'Folder that it goes to; without it that of the key, or INBOX.',
        type: 'string',
        minLength: 1,
        maxLength: 1024,
      },
      kept_as: {
        description: 'Which one in the quarantine folder, as `imap.quarantine-message` told it.',
        type: 'string',
        maxLength: 2400,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['state'],
    properties: {
      state: { description: 'The state the message is in.', const: 'released' },
      ...copyOutputs,
    },
    examples: [
      {
        state: 'released',
        mailbox: 'ann@example.org',
        location: 'INBOX',
        subject: 'Your invoice 8841',
        from: 'billing@phish.example',
        flags: ['\\Seen'],
        copies: 1,
      },
    ],
  },
  target: { argument: 'message', kind: 'mail' },
  effectSentence: 'The message {name} is moved back to where its reader sees it.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['password'],
  permissions: [permissions.read, permissions.move],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 300_000,
  facts: { name: 'subject' },
  untrusted: ['subject', 'from', 'flags', 'location'],
  byHand:
    'In the mailbox: does the message, found by its Message-ID, lie in the folder it came from, or in INBOX?',
  docs: [docs.imap, docs.move],
};
