import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'edr.block-domain',
  version: '1.1.0',
  title: 'Block a domain everywhere',
  description:
    'Writes an indicator that keeps every onboarded device from a domain and its subdomains. Leaves an indicator that allows the domain alone.',
  class: 'contain',
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
      days: {
        description: 'After how many days the block ends by itself.',
        type: 'integer',
        minimum: 1,
        maximum: 365,
        default: 30,
      },
      comment: {
        description: 'Reason, in the description of the indicator. Riposte adds its action key.',
        type: 'string',
        maxLength: 4000,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['state', 'indicator_id', 'remediates'],
    properties: {
      state: { description: 'What was reached.', const: 'blocked' },
      indicator_id: { description: 'Id of the indicator in Defender.', type: 'string' },
      remediates: { description: 'Whether the indicator also removes what is found.', type: 'boolean' },
      until: { description: 'When it ends by itself, RFC 3339; absent if it does not.', type: 'string' },
    },
    examples: [
      { state: 'blocked', indicator_id: '997', remediates: false, until: '2026-12-20T08:15:00.000Z' },
    ],
  },
  target: { argument: 'domain', kind: 'domain' },
  effect: 'domain-blocked',
  effectSentence: 'No onboarded device reaches {name} or its subdomains.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['WindowsDefenderATP: Ti.ReadWrite'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  byHand:
    'In the Microsoft Defender portal, under Settings, Endpoints, Indicators: is there an indicator for this domain, with which action and until when?',
  marks: ['indicator_id'],
  docs: [
    'https://learn.microsoft.com/en-us/defender-endpoint/api/post-ti-indicator',
    'https://learn.microsoft.com/en-us/defender-endpoint/api/ti-indicator',
  ],
};
