import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'edr.isolate-host',
  version: '1.0.0',
  title: 'Isolate a host',
  description:
    'Cuts a device off the network except for its connection to Defender for Endpoint. The device carries the order out when it is online; until then the step waits.',
  class: 'contain',
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
      scope: {
        description: '`full` cuts everything; `selective` leaves Outlook, Teams and Skype open.',
        enum: ['full', 'selective'],
        default: 'full',
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
      state: { description: 'The state the machine is in.', const: 'isolated' },
      machine_action_id: { description: 'The Defender action that brought it about.', type: 'string' },
      scope: { description: 'How far the isolation goes.', enum: ['full', 'selective'] },
      host_name: { description: 'DNS name of the device as Defender knows it.', type: 'string' },
    },
    examples: [
      {
        state: 'isolated',
        machine_action_id: '7a1f4b7e-0001-4a11-8a11-000000000001',
        scope: 'full',
        host_name: 'ws-0117.contoso.com',
      },
    ],
  },
  target: { argument: 'host_id', kind: 'host' },
  effect: 'network-isolated',
  effectSentence: 'Network access of {name} is cut except to the EDR service.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['WindowsDefenderATP: Machine.Isolate', 'WindowsDefenderATP: Machine.Read.All'],
  failureCodes: [...vendorFailureCodes, 'target-failed', 'target-timed-out', 'target-cancelled'],
  timeoutMs: 120_000,
  untrusted: ['host_name'],
  marks: ['machine_action_id'],
  docs: [
    'https://learn.microsoft.com/en-us/defender-endpoint/api/isolate-machine',
    'https://learn.microsoft.com/en-us/defender-endpoint/api/machineaction',
  ],
};
