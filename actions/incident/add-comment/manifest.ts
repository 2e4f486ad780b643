import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'incident.add-comment',
  version: '1.1.0',
  title: 'Comment on an incident',
  description:
    'Adds a comment to an incident in Microsoft Defender XDR, once per step however often it is tried.',
  class: 'notify',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['incident_id', 'text'],
    properties: {
      incident_id: {
        description: 'Number of the incident in Defender XDR.',
        type: 'string',
        minLength: 1,
        maxLength: 64,
      },
      source: {
        description:
          'Whose incident it is, as `alert.source` says; filled in where it is the incident of the run. One of another source than those of the connection is refused.',
        type: 'string',
        minLength: 1,
        maxLength: 128,
      },
      text: { description: 'The comment.', type: 'string', minLength: 1, maxLength: 8000 },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    properties: {
      incident_id: { description: 'Number of the incident.', type: 'string' },
    },
    examples: [{ incident_id: '4711' }],
  },
  target: { argument: 'incident_id', kind: 'incident', source: 'source' },
  effectSentence: 'A comment is added to incident {name}; it cannot be removed.',
  idempotent: 'check-then-act',
  inverse: { kind: 'not-needed' },
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: SecurityIncident.ReadWrite.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  docs: ['https://learn.microsoft.com/en-us/graph/api/security-incident-post-comments'],
};
