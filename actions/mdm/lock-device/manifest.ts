import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'mdm.lock-device',
  version: '1.0.0',
  title: 'Lock a device',
  description: 'Orders Intune to lock the screen of a managed device. Whoever knows its PIN can unlock it.',
  class: 'contain',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['device_id'],
    properties: {
      device_id: {
        description: 'Id of the managed device in Intune, as `mdm.find-device` gives it.',
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
    required: ['state', 'device_id'],
    properties: {
      state: { description: 'What was reached.', const: 'locked' },
      device_id: { description: 'Id of the managed device.', type: 'string' },
      management_state: { description: 'What Intune says about it.', type: 'string' },
    },
    examples: [
      { state: 'locked', device_id: '7b1e9f00-0000-4000-8000-00000000e001', management_state: 'managed' },
    ],
  },
  target: { argument: 'device_id', kind: 'host' },
  effectSentence: 'The screen of {name} is locked; its PIN unlocks it.',
  idempotent: 'check-then-act',
  inverse: {
    kind: 'irreversible',
    reason: 'Nothing unlocks a device from afar; the person unlocks it with the PIN.',
  },
  secrets: ['client_secret'],
  permissions: [
    'Microsoft Graph: DeviceManagementManagedDevices.ReadWrite.All',
    'Microsoft Graph: DeviceManagementManagedDevices.PrivilegedOperations.All',
  ],
  failureCodes: [...vendorFailureCodes, 'target-failed', 'target-cancelled'],
  timeoutMs: 60_000,
  untrusted: ['management_state'],
  byHand:
    'In the Intune admin center, open the device: what does the list of device actions say about the newest remote lock?',
  docs: ['https://learn.microsoft.com/en-us/graph/api/intune-devices-manageddevice-remotelock'],
};
