import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'directory.disable-device',
  version: '1.0.0',
  title: 'Disable a device',
  description:
    'Blocks a device in the directory: nobody gets tokens on it, and it no longer counts as compliant. What is stored on it stays readable.',
  class: 'contain',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['directory_id'],
    properties: {
      directory_id: {
        description: 'Device id of Microsoft Entra (`directory_id` of a host), a GUID; not the object id.',
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
    required: ['enabled', 'was_enabled'],
    properties: {
      enabled: { description: 'Whether the device may get tokens now.', const: false },
      was_enabled: { description: 'Whether it might before.', type: 'boolean' },
      object_id: { description: 'Object id of the device.', type: 'string' },
    },
    examples: [{ enabled: false, was_enabled: true, object_id: '0fbb1c0d-0000-4000-8000-00000000d001' }],
  },
  target: { argument: 'directory_id', kind: 'host' },
  effect: 'device-blocked',
  effectSentence: 'The directory gives no tokens on {name} any more.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: Device.ReadWrite.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  byHand:
    'In the Microsoft Entra admin center, under Devices: is the device disabled? The audit log of the directory says who changed it and when.',
  docs: ['https://learn.microsoft.com/en-us/graph/api/device-update'],
};
