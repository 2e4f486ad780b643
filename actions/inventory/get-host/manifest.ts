import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'inventory.get-host',
  version: '1.1.0',
  title: 'Look a host up',
  description:
    'Reads what Defender for Endpoint knows about a device, and what its tags say about role, criticality, owner, services and users.',
  class: 'read',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['host_id'],
    properties: {
      host_id: {
        description: 'Machine id of Defender for Endpoint (40 hexadecimal digits) or the computer name.',
        type: 'string',
        minLength: 1,
        maxLength: 255,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'role', 'criticality', 'tags', 'services', 'users'],
    properties: {
      id: { description: 'Machine id of Defender for Endpoint.', type: 'string' },
      name: { description: 'DNS name, or the machine id if there is none.', type: 'string' },
      role: {
        description:
          '`server` if the operating system or a tag says so; otherwise the value of a `role:` tag, `workstation`, or `unknown`.',
        type: 'string',
      },
      criticality: {
        description: 'The highest of the device value and the `criticality:` tags.',
        enum: ['low', 'normal', 'high', 'critical'],
      },
      tags: { description: 'Machine tags, in lower case.', type: 'array', items: { type: 'string' } },
      os: { description: 'Operating system platform as Defender names it.', type: 'string' },
      health: { description: 'Sensor health, e.g. `active`, `inactive`.', type: 'string' },
      onboarding: { description: 'Onboarding status, e.g. `onboarded`, `can_be_onboarded`.', type: 'string' },
      directory_id: {
        description: 'Id of the device in Microsoft Entra; absent if it is not joined.',
        type: 'string',
      },
      last_ip: { description: 'Last internal address.', type: 'string' },
      users: { description: 'Values of `user:` tags.', type: 'array', items: { type: 'string' } },
      services: { description: 'Values of `service:` tags.', type: 'array', items: { type: 'string' } },
      owner: { description: 'Value of the first `owner:` tag; absent without one.', type: 'string' },
    },
    examples: [
      {
        id: '0f1e2d3c4b5a69788796a5b4c3d2e1f001122334',
        name: 'ws-0117.contoso.com',
        role: 'workstation',
        criticality: 'normal',
        tags: ['owner:finance', 'user:ann@contoso.com'],
        os: 'Windows11',
        health: 'active',
        onboarding: 'onboarded',
        directory_id: 'c8f19ec1-30eb-4110-bc26-a9df3c0e09c9',
        last_ip: '10.1.17.4',
        users: ['ann@contoso.com'],
        services: [],
        owner: 'Finance',
      },
    ],
  },
  target: { argument: 'host_id', kind: 'host' },
  effectSentence: 'Nothing changes: {name} is looked up.',
  idempotent: 'native',
  inverse: { kind: 'not-needed' },
  secrets: ['client_secret'],
  permissions: ['WindowsDefenderATP: Machine.Read.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  facts: { name: 'name', role: 'role', criticality: 'criticality', tags: 'tags', owner: 'owner' },
  untrusted: ['name', 'role', 'tags', 'os', 'last_ip', 'users', 'services', 'owner'],
  docs: ['https://learn.microsoft.com/en-us/defender-endpoint/api/get-machine-by-id'],
};
