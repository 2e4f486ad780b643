import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'mail.search-messages',
  version: '1.1.0',
  title: 'Search messages in all mailboxes',
  description:
    'Finds the copies of a message in all mailboxes of the tenant, by sender, subject, attachment, recipient or network message id.',
  class: 'read',
  input: {
    type: 'object',
    additionalProperties: false,
    anyOf: [
      { required: ['sender'] },
      { required: ['subject'] },
      { required: ['network_message_id'] },
      { required: ['attachment_sha256'] },
    ],
    properties: {
      sender: {
        description: 'Sender address, visible or of the envelope; compared without case.',
        type: 'string',
        minLength: 1,
        maxLength: 320,
      },
      subject: {
        description: 'The whole subject; compared without case and outer spaces.',
        type: 'string',
        minLength: 1,
        maxLength: 2000,
      },
      network_message_id: {
        description: 'Id that all copies of one sent message share. By far the fastest search.',
        type: 'string',
        minLength: 1,
        maxLength: 64,
      },
      attachment_sha256: {
        description:
          'SHA-256 of an attachment, in hexadecimal digits. The vendor has no filter for it: every mail of the window is read.',
        type: 'string',
        minLength: 1,
        maxLength: 64,
      },
      recipient: {
        description: 'Address of one mailbox to look in.',
        type: 'string',
        minLength: 1,
        maxLength: 320,
      },
      received_within: {
        description: 'How far back to look, e.g. `24h` or `7d`; at most 30d.',
        type: 'string',
        pattern: '^[1-9][0-9]{0,5}[smhd]$',
        default: '7d',
      },
      limit: {
        description: 'Stop after this many copies.',
        type: 'integer',
        minimum: 1,
        maximum: 10000,
        default: 1000,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['messages', 'mailbox_count', 'link_domains'],
    properties: {
      messages: {
        description:
          'One entry per copy, newest first. `id`, `mailbox` and `location` are always there; all else is left out of all of them when it would be more than a step keeps.',
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'mailbox'],
          properties: {
            id: { description: 'Id of the copy, for `mail.quarantine-message`.', type: 'string' },
            mailbox: { description: 'Address of the mailbox it lies in.', type: 'string' },
            network_message_id: { description: 'Id shared by all copies.', type: 'string' },
            subject: { description: 'Subject.', type: 'string' },
            sender: { description: 'Sender address.', type: 'string' },
            received_at: { description: 'When it was received, RFC 3339.', type: 'string' },
            location: {
              description: 'Where it lies now.',
              enum: [
                'inbox',
                'junk',
                'deleted',
                'quarantine',
                'external',
                'failed',
                'dropped',
                'other',
                'unknown',
              ],
            },
          },
        },
      },
      mailbox_count: { description: 'Number of different mailboxes.', type: 'integer' },
      link_domains: {
        description: 'Hosts that the messages link to, at most 100, as far as the vendor lists links.',
        type: 'array',
        items: { type: 'string' },
      },
      complete: {
        description: 'False when the search stopped at `limit`: there may be more.',
        type: 'boolean',
      },
    },
    examples: [
      {
        messages: [
          {
            id: '73ca4154-0000-4000-8000-0dbf9d2d2a11-8072483413412983-1',
            mailbox: 'ann@contoso.com',
            network_message_id: '73ca4154-0000-4000-8000-0dbf9d2d2a11',
            subject: 'Your invoice 8841',
            sender: 'billing@phish.example',
            received_at: '2026-11-20T08:15:00.000Z',
            location: 'inbox',
          },
        ],
        mailbox_count: 1,
        link_domains: ['pay.phish.example'],
        complete: true,
      },
    ],
  },
  effectSentence: 'Nothing changes: messages are looked up.',
  idempotent: 'native',
  inverse: { kind: 'not-needed' },
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: SecurityAnalyzedMessage.Read.All'],
  failureCodes: [...vendorFailureCodes, 'search-too-wide'],
  timeoutMs: 300_000,
  untrusted: ['messages', 'link_domains'],
  docs: ['https://learn.microsoft.com/en-us/graph/api/security-collaborationroot-list-analyzedemails'],
};
