import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'mail.list-rules',
  version: '1.0.0',
  title: 'List the inbox rules of a mailbox',
  description:
    'Reads the inbox rules of a mailbox and says which of them look like an intruder: mail sent outside, mail hidden from its owner, words about money or security.',
  class: 'read',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['mailbox'],
    properties: {
      mailbox: {
        description: 'Object id or user principal name of the owner.',
        type: 'string',
        minLength: 1,
        maxLength: 256,
      },
      own_domains: {
        description: 'Domains that do not count as outside, besides that of the mailbox.',
        type: 'array',
        maxItems: 100,
        items: { type: 'string', minLength: 1, maxLength: 253 },
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['rules', 'suspicious', 'beyond_reach'],
    properties: {
      rules: {
        description: 'Every rule.',
        type: 'array',
        items: {
          type: 'object',
          required: ['rule', 'name', 'enabled', 'signs'],
          properties: {
            rule: { description: 'Key of the rule, for `mail.disable-rule`.', type: 'string' },
            name: { description: 'What the owner, or the intruder, called it.', type: 'string' },
            enabled: { description: 'Whether it acts.', type: 'boolean' },
            read_only: { description: 'Graph cannot change it.', type: 'boolean' },
            sends_to: {
              description: 'Addresses it forwards or redirects to.',
              type: 'array',
              items: { type: 'string' },
            },
            signs: {
              description: 'Why it is suspicious; empty if it is not.',
              type: 'array',
              items: { enum: ['forwards-outside', 'hides-mail', 'watches-money-or-security'] },
            },
          },
        },
      },
      suspicious: {
        description: 'Those that act, show a sign and can be changed.',
        type: 'array',
        items: {
          type: 'object',
          required: ['rule', 'name', 'enabled', 'signs'],
          properties: {
            rule: { description: 'Key of the rule, for `mail.disable-rule`.', type: 'string' },
            name: { description: 'What the owner, or the intruder, called it.', type: 'string' },
            enabled: { description: 'Whether it acts.', type: 'boolean' },
            read_only: { description: 'Graph cannot change it.', type: 'boolean' },
            sends_to: {
              description: 'Addresses it forwards or redirects to.',
              type: 'array',
              items: { type: 'string' },
            },
            signs: {
              description: 'Why it is suspicious; empty if it is not.',
              type: 'array',
              items: { enum: ['forwards-outside', 'hides-mail', 'watches-money-or-security'] },
            },
          },
        },
      },
      beyond_reach: { description: 'How many suspicious ones are read-only for Graph.', type: 'integer' },
    },
    examples: [
      {
        rules: [
          {
            rule: 'ann@contoso.com/AQAAAJ5dZqA=',
            name: '.',
            enabled: true,
            read_only: false,
            sends_to: ['drop@mailbox.example'],
            signs: ['forwards-outside'],
          },
        ],
        suspicious: [
          {
            rule: 'ann@contoso.com/AQAAAJ5dZqA=',
            name: '.',
            enabled: true,
            read_only: false,
            sends_to: ['drop@mailbox.example'],
            signs: ['forwards-outside'],
          },
        ],
        beyond_reach: 0,
      },
    ],
  },
  target: { argument: 'mailbox', kind: 'mailbox' },
  effectSentence: 'Nothing changes: the inbox rules of {name} are read.',
  idempotent: 'native',
  inverse: { kind: 'not-needed' },
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: MailboxSettings.Read'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  untrusted: ['rules', 'suspicious'],
  docs: ['https://learn.microsoft.com/en-us/graph/api/mailfolder-list-messagerules'],
};
