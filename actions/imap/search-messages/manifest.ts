import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { docs, permissions } from '../client/manifest-parts.ts';

export const manifest: ActionManifest = {
  key: 'imap.search-messages',
  version: '1.0.0',
  title: 'Search messages in one mailbox over IMAP',
  description:
    'Finds the copies of a message in one mailbox, in all folders or in one, by Message-ID, sender or words of the subject.',
  class: 'read',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['mailbox'],
    anyOf: [{ required: ['message_id'] }, { required: ['sender'] }, { required: ['subject'] }],
    properties: {
      mailbox: {
        description: 'Login name of the mailbox, mostly its address.',
        type: 'string',
        minLength: 1,
        maxLength: 320,
      },
      message_id: {
        description: 'Message-ID, with or without its angle brackets. By far the fastest search.',
        type: 'string',
        minLength: 1,
        maxLength: 1024,
      },
      sender: {
        description: 'Sender address, as the message says; compared without case.',
        type: 'string',
        minLength: 1,
        maxLength: 320,
      },
      subject: {
        description: 'Words that stand in the subject, one behind the other; compared without case.',
        type: 'string',
        minLength: 1,
        maxLength: 500,
      },
      folder: {
        description: 'One folder to look in; without it all of them.',
        type: 'string',
        minLength: 1,
        maxLength: 1024,
      },
      received_within: {
        description: 'How far back to look, e.g. `24h` or `7d`.',
        type: 'string',
        pattern: '^[1-9][0-9]{0,5}[smhd]$',
        default: '30d',
      },
      limit: {
        description: 'Stop after this many copies.',
        type: 'integer',
        minimum: 1,
        maximum: 200,
        default: 100,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['messages', 'complete'],
    properties: {
      messages: {
        description: 'One entry per copy; within a folder newest first.',
        type: 'array',
        items: {
          type: 'object',
          required: ['key', 'mailbox', 'folder', 'uidvalidity', 'uid'],
          properties: {
            key: { description: 'Key of the copy, for `imap.quarantine-message`.', type: 'string' },
            mailbox: { description: 'Login name of the mailbox.', type: 'string' },
            folder: { description: 'Folder it lies in.', type: 'string' },
            uidvalidity: { description: 'What its uid holds good under.', type: 'string' },
            uid: { description: 'Its number in the folder.', type: 'integer' },
            message_id: {
              description: 'Message-ID with angle brackets; absent where it has none.',
              type: 'string',
            },
            subject: { description: 'Subject.', type: 'string' },
            sender: { description: 'Sender address, as the message says.', type: 'string' },
            received_at: { description: 'When it arrived, RFC 3339.', type: 'string' },
          },
        },
      },
      complete: {
        description: 'False when the search stopped early: there may be more.',
        type: 'boolean',
      },
    },
    examples: [
      {
        messages: [
          {
            key: 'ann@example.org/INBOX;uidvalidity=1790000000;uid=42/<20261120.8841@phish.example>',
            mailbox: 'ann@example.org',
            folder: 'INBOX',
            uidvalidity: '1790000000',
            uid: 42,
            message_id: '<20261120.8841@phish.example>',
            subject: 'Your invoice 8841',
            sender: 'billing@phish.example',
            received_at: '2026-11-20T08:15:00.000Z',
          },
        ],
        complete: true,
      },
    ],
  },
  effectSentence: 'Nothing changes: messages are looked up.',
  idempotent: 'native',
  inverse: { kind: 'not-needed' },
  secrets: ['password'],
  permissions: [permissions.read],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 300_000,
  untrusted: ['messages'],
  docs: [docs.imap],
};
