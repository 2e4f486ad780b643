import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'mail.enable-rule',
  version: '1.0.0',
  title: 'Enable an inbox rule',
  description: 'Turns an inbox rule on again.',
  class: 'restore',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['rule'],
    properties: {
      rule: {
        description: 'Key of the rule, as `mail.list-rules` gives it: the mailbox and the id of the rule.',
        type: 'string',
        minLength: 1,
        maxLength: 800,
      },
      comment: {
        description: 'Reason, kept in the audit log of Riposte; the vendor has no field for it.',
        type: 'string',
        maxLength: 4000,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['enabled', 'name'],
    properties: {
      enabled: { description: 'Whether the rule acts now.', const: true },
      name: { description: 'Name of the rule.', type: 'string' },
    },
    examples: [{ enabled: true, name: '.' }],
  },
  target: { argument: 'rule', kind: 'rule' },
  effect: 'rule-enabled',
  effectSentence: 'The inbox rule {name} acts again.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: MailboxSettings.ReadWrite'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  untrusted: ['name'],
  byHand: 'In the Exchange admin center or with Get-InboxRule for the mailbox: is the rule switched on?',
  docs: ['https://learn.microsoft.com/en-us/graph/api/messagerule-update'],
};
