import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'edr.unblock-file',
  version: '1.1.0',
  title: 'Remove the block of a file',
  description:
    'Deletes the blocking indicator that Riposte made for a SHA-256. One that somebody else made stays.',
  class: 'restore',
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
      action: {
        description: 'How the file was blocked; absent when it was not.',
        enum: ['block', 'block_and_remediate'],
      },
      days: {
        description: 'How many days the block had left, 365 at most; absent when there was none.',
        type: 'integer',
        minimum: 1,
        maximum: 365,
      },
    },
    examples: [{ state: 'unblocked', action: 'block_and_remediate', days: 90 }],
  },
  target: { argument: 'sha256', kind: 'file' },
  effect: 'file-unblocked',
  effectSentence: 'The file {name} may run again.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['WindowsDefenderATP: Ti.ReadWrite'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  byHand:
    'In the Microsoft Defender portal, under Settings, Endpoints, Indicators: is the indicator for this hash gone?',
  docs: ['https://learn.microsoft.com/en-us/defender-endpoint/api/delete-ti-indicator-by-id'],
};
