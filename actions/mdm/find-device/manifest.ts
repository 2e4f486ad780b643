import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'mdm.find-device',
  version: '1.0.0',
  title: 'Find a managed device',
  description:
    'Finds the device in Intune that belongs to a device of the directory, and says what is under way on it.',
  class: 'read',
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
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['found'],
    properties: {
      found: { description: 'Whether Intune manages it.', type: 'boolean' },
      device_id: { description: 'Id of the managed device; absent if it is not managed.', type: 'string' },
      management_state: {
        description: 'What Intune says about it, e.g. `managed`, `wipePending`.',
        type: 'string',
      },
      orders_running: {
        description: 'Orders that are pending or active.',
        type: 'array',
        items: { type: 'string' },
      },
    },
    examples: [
      {
        found: true,
        device_id: '7b1e9f00-0000-4000-8000-00000000e001',
        management_state: 'managed',
        orders_running: [],
      },
    ],
  },
  target: { argument: 'directory_id', kind: 'host' },
  effectSentence: 'Nothing changes: {name} is looked up in device management.',
  idempotent: 'native',
  inverse: { kind: 'not-needed' },
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: DeviceManagementManagedDevices.ReadWrite.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  untrusted: ['management_state'],
  docs: ['https://learn.microsoft.com/en-us/graph/api/intune-devices-manageddevice-list'],
};
