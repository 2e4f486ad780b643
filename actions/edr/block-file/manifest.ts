import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'edr.block-file',
  version: '1.1.0',
  title: 'Block a file everywhere',
  description:
    'Writes an indicator that blocks a file by its SHA-256 on every onboarded device, and removes it where it is found. Leaves an indicator that allows the file alone.',
  class: 'contain',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['sha256'],
    properties: {
      sha256: {
        description: 'SHA-256 of the file, 64 hexadecimal digits.',
        type: 'string',
        minLength: 1,
        maxLength: 64,
      },
      action: {
        description: '`block_and_remediate` also quarantines the file where it is found.',
        enum: ['block', 'block_and_remediate'],
        default: 'block_and_remediate',
      },
      days: {
        description: 'After how many days the block ends by itself.',
        type: 'integer',
        minimum: 1,
        maximum: 365,
        default: 90,
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
      { state: 'blocked', indicator_id: '996', remediates: true, until: '2026-12-20T08:15:00.000Z' },
    ],
  },
  target: { argument: 'sha256', kind: 'file' },
  effect: 'file-blocked',
  effectSentence: 'The file {name} cannot run on any onboarded device.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['WindowsDefenderATP: Ti.ReadWrite'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  byHand:
    'In the Microsoft Defender portal, under Settings, Endpoints, Indicators: is there an indicator for this hash, with which action and until when?',
  marks: ['indicator_id'],
  docs: [
    'https://learn.microsoft.com/en-us/defender-endpoint/api/post-ti-indicator',
    'https://learn.microsoft.com/en-us/defender-endpoint/api/ti-indicator',
  ],
};
