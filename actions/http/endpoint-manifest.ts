import type { ActionManifest, Inverse } from '../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { vendorFailureCodes } from '../client/fail.ts';
import { credentialName } from './credential.ts';
import { keyOf, type NamedEndpoint } from './http-system.ts';

/** What the engine, the compiler and people know of an endpoint: all of it in the operator's words. */
export function endpointManifest(named: NamedEndpoint): ActionManifest {
  const { endpoint } = named;
  const optional = endpoint.optional ?? [];
  const outputs = Object.entries(endpoint.outputs ?? {});
  const needed = endpoint.class === 'read' ? outputs.filter(([, { optional: may }]) => may !== true) : [];
  return {
    key: keyOf(named),
    version: endpoint.version ?? '1.0.0',
    title: endpoint.title,
    description: endpoint.description,
    class: endpoint.class,
    input: {
      type: 'object',
      additionalProperties: false,
      required: Object.keys(endpoint.arguments).filter((name) => !optional.includes(name)),
      properties: endpoint.arguments as unknown as JsonObject,
    },
    output: {
      type: 'object',
      additionalProperties: false,
      required: ['status', ...needed.map(([name]) => name)],
      properties: {
        status: { description: 'The status of the answer.', type: 'integer', minimum: 100, maximum: 599 },
        ...Object.fromEntries(outputs.map(([name, { schema }]) => [name, schema as unknown as JsonObject])),
      },
      examples: [exampleOf(named)],
    },
    ...(endpoint.target !== undefined && { target: endpoint.target }),
    ...(endpoint.effect !== undefined && { effect: effectOf(named) }),
    effectSentence: endpoint.effectSentence,
    idempotent: idempotencyOf(endpoint),
    inverse: inverseOf(named),
    secrets: [credentialName],
    permissions: [],
    failureCodes: [...vendorFailureCodes],
    timeoutMs: endpoint.timeoutMs ?? 60_000,
    ...(outputs.length > 0 && { untrusted: outputs.map(([name]) => name) }),
    ...(endpoint.marks !== undefined && { marks: endpoint.marks }),
    ...(endpoint.byHand !== undefined && { byHand: endpoint.byHand }),
    docs: endpoint.docs ?? [],
  };
}

/** Holds are counted by it, so that of another system is another one. */
export function effectOf({ system, endpoint }: NamedEndpoint): string {
  return `${system.name}-${endpoint.effect}`;
}

/** Stands in for the answer in audit mode, dry runs and cases. */
export function exampleOf({ endpoint }: NamedEndpoint): JsonObject {
  const outputs = Object.entries(endpoint.outputs ?? {});
  return {
    status: endpoint.expect?.[0] ?? 200,
    ...Object.fromEntries(outputs.map(([name, { example }]) => [name, example])),
  };
}

/** Reading twice is reading; of everything else it is the operator who knows. */
function idempotencyOf({
  class: kind,
  idempotent = 'no',
}: NamedEndpoint['endpoint']): ActionManifest['idempotent'] {
  return kind === 'read' ? 'native' : idempotent;
}

function inverseOf({ system, endpoint: { undo, irreversible } }: NamedEndpoint): Inverse {
  if (undo !== undefined) {
    const { endpoint, ...mapped } = undo;
    return { kind: 'action', action: keyOf({ system, name: endpoint }), ...mapped };
  }
  return irreversible === undefined ? { kind: 'not-needed' } : { kind: 'irreversible', reason: irreversible };
}
