import { diagnosticsJson } from '../../engine/core/diagnostics/diagnostics-json.ts';
import { mayI } from '../../engine/core/identity/rights.ts';
import { permissionsOf } from '../http/permissions-of.ts';
import { Problem } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { seenVersion, versionTag } from '../http/seen-version.ts';
import { diagnosticsSchema, sourceBody, sourceOf, toErrors } from '../http/source-body.ts';
import type { GuardrailsAnswer } from '../http/use-cases.ts';
import {
  integer,
  list,
  nullable,
  object,
  oneOf,
  permissionFields,
  text,
  time,
} from '../openapi/schema-words.ts';

const answerSchema = object({
  state: oneOf(['in-force', 'proposed', 'unchanged', 'withdrawn', 'rejected']),
  version: integer,
  digest: text,
  report: diagnosticsSchema,
});

function answerOf(result: GuardrailsAnswer): {
  state: string;
  version: number;
  digest: string;
  report: unknown;
} {
  if (!result.ok) throw new Problem(result.code, result.detail, { errors: toErrors(result.diagnostics) });
  const { state, version, digest } = result;
  return { state, version, digest, report: diagnosticsJson([]) };
}

export const guardrailsRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/settings/guardrails',
    operationId: 'readGuardrails',
    summary: 'What no run may do: the guardrails in force, and those that wait for a second person.',
    permission: 'playbooks.read',
    answers: {
      200: {
        description: 'The files as they were proposed. Version 0: none is in force.',
        schema: object({
          version: integer,
          source: text,
          digest: nullable(text),
          proposedBy: nullable(text),
          confirmedBy: nullable(text),
          inForceAt: nullable(time),
          budgets: list(
            object({
              id: text,
              budget: text,
              classes: list(text),
              targetKind: text,
              targets: nullable(integer),
              share: nullable({ type: 'number' }),
              spent: integer,
              perMs: integer,
              onExceed: text,
              reason: text,
              waiting: integer,
            }),
          ),
          proposal: nullable(
            object({ version: integer, source: text, digest: text, proposedBy: text, proposedAt: time }),
          ),
          ...permissionFields,
        }),
        headers: { ETag: 'What proposing has to name in If-Match.' },
      },
    },
    async handle({ caller }, { read }) {
      const guardrails = await read.readGuardrails(caller.tenant);
      const permissions = permissionsOf({ publish: mayI(caller, 'guardrails.publish') });
      return {
        status: 200,
        body: { ...guardrails, ...permissions },
        headers: versionTag(guardrails.version),
      };
    },
  },
  {
    method: 'put',
    path: '/v1/settings/guardrails',
    operationId: 'publishGuardrails',
    summary:
      'Propose guardrails. The first ones are in force at once, all others when a second person confirms within 14 days.',
    permission: 'guardrails.publish',
    body: sourceBody,
    answers: { 200: { description: 'In force, proposed, or unchanged.', schema: answerSchema } },
    async handle({ caller, body, header }, { useCases }) {
      const version = seenVersion(header('if-match'));
      const input = { ...sourceOf(body, 'guardrails.yaml'), version };
      return { status: 200, body: answerOf(await useCases.publishGuardrails(caller, input)) };
    },
  },
  {
    method: 'post',
    path: '/v1/settings/guardrails/confirm',
    operationId: 'confirmGuardrails',
    summary: 'Put proposed guardrails in force: a different person names the digest that they have read.',
    permission: 'guardrails.publish',
    body: {
      types: ['application/json'],
      bytesMax: kibibyte,
      required: true,
      schema: object({ digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' } }),
    },
    answers: { 200: { description: 'In force.', schema: answerSchema } },
    async handle({ caller, body }, { useCases }) {
      const { digest } = body as { digest: string };
      return { status: 200, body: answerOf(await useCases.confirmGuardrails(caller, { digest })) };
    },
  },
  {
    method: 'post',
    path: '/v1/settings/guardrails/drop',
    operationId: 'dropGuardrails',
    summary:
      'Take proposed guardrails off the table: their author withdraws them, anybody else rejects them.',
    permission: 'guardrails.publish',
    body: {
      types: ['application/json'],
      bytesMax: 16 * kibibyte,
      required: true,
      schema: object({
        digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
        reason: { type: 'string', minLength: 1, maxLength: 500 },
      }),
    },
    answers: { 200: { description: 'Off the table. What is in force stays.', schema: answerSchema } },
    async handle({ caller, body }, { useCases }) {
      const { digest, reason } = body as { digest: string; reason: string };
      return { status: 200, body: answerOf(await useCases.dropGuardrails(caller, { digest, reason })) };
    },
  },
];
