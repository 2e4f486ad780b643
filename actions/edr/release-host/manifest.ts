import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'edr.release-host',
  version: '1.0.0',
  title: 'Release a host from isolation',
  description:
    'Gives an isolated device its network back. Isolation orders that are still pending for it are cancelled first, because they would run after the release.',
  class: 'restore',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['host_id'],
    properties: {
      host_id: {
        description: 'Machine id of Defender for Endpoint, 40 hexadecimal digits.',
        type: 'string',
        minLength: 1,
        maxLength: 128,
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
    required: ['state'],
    properties: {
      state: { description: 'The state the machine is in.', const: 'released' },
      machine_action_id: { description: 'The Defender action that brought it about.', type: 'string' },
      scope: { description: 'Scope as Defender notes it on the action, if it does.', type: 'string' },
      host_name: { description: 'DNS name of the device as Defender knows it.', type: 'string' },
    },
    examples: [
      {
        state: 'released',
        machine_action_id: '7a1f4b7e-0002-4a11-8a11-000000000002',
        host_name: 'ws-0117.contoso.com',
      },
    ],
  },
  target: { argument: 'host_id', kind: 'host' },
  effectSentence: '{name} gets its network access back.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['WindowsDefenderATP: Machine.Isolate', 'WindowsDefenderATP: Machine.Read.All'],
  failureCodes: [...vendorFailureCodes, 'target-failed', 'target-timed-out', 'target-cancelled'],
  timeoutMs: 120_000,
  untrusted: ['host_name'],
  byHand:
    'In the Microsoft Defender portal, open the device: is it no longer isolated, and what does its action center say about the newest release request? Requests of Riposte carry the action key in their comment.',
  marks: ['machine_action_id'],
  docs: [
    'https://learn.microsoft.com/en-us/defender-endpoint/api/unisolate-machine',
    'https://learn.microsoft.com/en-us/defender-endpoint/api/cancel-machine-action',
  ],
};
