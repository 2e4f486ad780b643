import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'edr.quarantine-file',
  version: '1.0.0',
  title: 'Stop and quarantine a file',
  description:
    'Stops the processes of a file on one device and puts the file into quarantine. Windows only; the file must have been seen there within 30 days. No call gives the file back.',
  class: 'eradicate',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['host_id', 'sha1'],
    properties: {
      host_id: {
        description: 'Machine id of Defender for Endpoint, 40 hexadecimal digits.',
        type: 'string',
        minLength: 1,
        maxLength: 128,
      },
      sha1: {
        description: 'SHA-1 of the file, 40 hexadecimal digits; this call knows no other hash.',
        type: 'string',
        minLength: 1,
        maxLength: 40,
      },
      comment: {
        description: 'Shown with the action in Defender. Riposte adds its action key.',
        type: 'string',
        maxLength: 4000,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['state', 'machine_action_id'],
    properties: {
      state: { description: 'What was reached.', const: 'quarantined' },
      machine_action_id: { description: 'The Defender action that did it.', type: 'string' },
      host_name: { description: 'DNS name of the device as Defender knows it.', type: 'string' },
    },
    examples: [
      {
        state: 'quarantined',
        machine_action_id: '7a1f4b7e-0001-4a11-8a11-000000000001',
        host_name: 'ws-0117.contoso.com',
      },
    ],
  },
  target: { argument: 'host_id', kind: 'host' },
  effectSentence: 'A file is stopped and quarantined on {name}; only a person can restore it.',
  idempotent: 'check-then-act',
  inverse: {
    kind: 'irreversible',
    reason:
      'Defender has no call that restores a quarantined file; a person does it in the Action center or with MpCmdRun on the device.',
  },
  secrets: ['client_secret'],
  permissions: ['WindowsDefenderATP: Machine.StopAndQuarantine', 'WindowsDefenderATP: Machine.Read.All'],
  failureCodes: [...vendorFailureCodes, 'target-failed', 'target-timed-out', 'target-cancelled'],
  timeoutMs: 120_000,
  untrusted: ['host_name'],
  byHand:
    'In the Microsoft Defender portal, open the device and its action center: what does the newest stop-and-quarantine request for this hash say? Requests of Riposte carry the action key in their comment.',
  docs: [
    'https://learn.microsoft.com/en-us/defender-endpoint/api/stop-and-quarantine-file',
    'https://learn.microsoft.com/en-us/defender-endpoint/api/machineaction',
  ],
};
