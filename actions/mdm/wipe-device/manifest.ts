import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'mdm.wipe-device',
  version: '1.0.0',
  title: 'Wipe a device',
  description:
    'Orders Intune to reset a managed device to factory settings: everything on it is gone. Nothing takes it back.',
  class: 'eradicate',
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
      state: { description: 'What was reached.', const: 'wiped' },
      device_id: { description: 'Id of the managed device.', type: 'string' },
      management_state: { description: 'What Intune says about it.', type: 'string' },
    },
    examples: [
      { state: 'wiped', device_id: '7b1e9f00-0000-4000-8000-00000000e001', management_state: 'wipeIssued' },
    ],
  },
  target: { argument: 'device_id', kind: 'host' },
  effectSentence: 'Everything on {name} is erased for good.',
  idempotent: 'check-then-act',
  inverse: {
    kind: 'irreversible',
    reason:
      'A factory reset erases the device; the data on it is gone and the device has to be enrolled again.',
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
    'In the Intune admin center, open the device: what does the list of device actions say about the newest wipe? A device that was wiped may be gone from the list.',
  docs: ['https://learn.microsoft.com/en-us/graph/api/intune-devices-manageddevice-wipe'],
};
