import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'edr.unblock-domain',
  version: '1.1.0',
  title: 'Remove the block of a domain',
  description:
    'Deletes the blocking indicator that Riposte made for a domain. One that somebody else made stays.',
  class: 'restore',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['domain'],
    properties: {
      domain: {
        description: 'Domain name such as `phish.example`; its subdomains are covered too.',
        type: 'string',
        minLength: 1,
        maxLength: 253,
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
    required: ['state'],
    properties: {
      state: { description: 'What was reached.', const: 'unblocked' },
      days: {
        description: 'How many days the block had left, 365 at most; absent when there was none.',
        type: 'integer',
        minimum: 1,
        maximum: 365,
      },
    },
    examples: [{ state: 'unblocked', days: 30 }],
  },
  target: { argument: 'domain', kind: 'domain' },
  effect: 'domain-unblocked',
  effectSentence: 'Devices reach {name} again.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['WindowsDefenderATP: Ti.ReadWrite'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  byHand:
    'In the Microsoft Defender portal, under Settings, Endpoints, Indicators: is the indicator for this domain gone?',
  docs: ['https://learn.microsoft.com/en-us/defender-endpoint/api/delete-ti-indicator-by-id'],
};
