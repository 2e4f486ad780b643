import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'edr.collect-package',
  version: '1.0.0',
  title: 'Collect an investigation package',
  description:
    'Has Defender for Endpoint gather processes, logs and settings of a device into one package. Nothing on the device changes; it takes minutes to hours.',
  class: 'read',
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
    required: ['state', 'machine_action_id'],
    properties: {
      state: { description: 'What was reached.', const: 'collected' },
      machine_action_id: { description: 'The Defender action that did it.', type: 'string' },
      host_name: { description: 'DNS name of the device as Defender knows it.', type: 'string' },
    },
    examples: [
      {
        state: 'collected',
        machine_action_id: '7a1f4b7e-0001-4a11-8a11-000000000001',
        host_name: 'ws-0117.contoso.com',
      },
    ],
  },
  target: { argument: 'host_id', kind: 'host' },
  effectSentence: 'Nothing changes: evidence is collected from {name}.',
  idempotent: 'check-then-act',
  inverse: { kind: 'not-needed' },
  secrets: ['client_secret'],
  permissions: ['WindowsDefenderATP: Machine.CollectForensics', 'WindowsDefenderATP: Machine.Read.All'],
  failureCodes: [...vendorFailureCodes, 'target-failed', 'target-timed-out', 'target-cancelled'],
  timeoutMs: 120_000,
  untrusted: ['host_name'],
  docs: [
    'https://learn.microsoft.com/en-us/defender-endpoint/api/collect-investigation-package',
    'https://learn.microsoft.com/en-us/defender-endpoint/api/machineaction',
  ],
};
