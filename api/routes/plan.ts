import { mayI } from '../../engine/core/identity/rights.ts';
import { normalizeAlert } from '../../engine/core/intake/normalize-alert.ts';
import type { PlanInput } from '../../engine/runtime/plan-on-alert.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { Problem } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { sourceOf, toErrors } from '../http/source-body.ts';
import type { Refusal } from '../http/use-cases.ts';
import { integer, list, map, object, text } from '../openapi/schema-words.ts';

const sourceBytesMax = 256 * kibibyte;

/** A candidate beside other fields. */
export const candidateFields: { [name: string]: JsonObject } = {
  source: { type: 'string', minLength: 1, maxLength: sourceBytesMax },
  file: { type: 'string', minLength: 1, maxLength: 512 },
};

interface PlanBody {
  alertId?: string;
  alert?: JsonObject;
  alertSource?: string;
  source?: string;
  file?: string;
}

/** A preview is made of an alert's values through and through, so there is nothing in it to be masked: it takes the right to read them. */
export const planRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/v1/playbooks/{id}/plan',
    operationId: 'planPlaybook',
    summary:
      'What the playbook, or a text that is not published, would do about one alert now. Changes nothing.',
    permission: 'values.read',
    body: {
      types: ['application/json'],
      bytesMax: 1024 * kibibyte + 2 * sourceBytesMax,
      required: true,
      schema: object(
        {
          alertId: { type: 'string', minLength: 1, maxLength: 64 },
          alert: { type: 'object', minProperties: 1 },
          alertSource: { type: 'string', minLength: 1, maxLength: 128 },
          ...candidateFields,
        },
        ['alertId', 'alert', 'alertSource', 'source', 'file'],
      ),
    },
    answers: {
      200: {
        description:
          'As preview.schema.json says: every trigger with its reasons, and what the first 20 runs would read, ask, do and take back. What only a run finds out stays open; no system is asked.',
        schema: object({
          schemaVersion: integer,
          playbook: object({ id: text, title: text, version: text, digest: text }),
          triggers: list(map),
          runs: list(map),
        }),
      },
    },
    async handle({ caller, params, body }, { useCases }) {
      const id = params.id ?? '';
      const given = body as PlanBody;
      if (given.source !== undefined) checkCandidateRight(caller);
      const answer = await useCases.planPlaybook(caller, {
        playbookId: id,
        alert: alertOf(given),
        candidate: candidateOf(given, id),
      });
      if (!answer.ok) throw refusalOf(answer);
      return { status: 200, body: answer.preview };
    },
  },
];

function alertOf({ alertId, alert, alertSource }: PlanBody): PlanInput['alert'] {
  if ((alertId === undefined) === (alert === undefined))
    throw new Problem(
      'request/invalid',
      'Give alertId for an alert of the store, or alert with one as its source sends it.',
    );
  if (alertId !== undefined) return { id: alertId };
  const normalized = normalizeAlert(alert as Json, alertSource ?? 'api');
  if (normalized.ok) return { given: normalized.alert.alert as unknown as JsonObject };
  const errors = normalized.problems.slice(0, 50).map(({ pointer, message }) => ({
    pointer: `/alert${pointer}`,
    code: 'request/invalid',
    detail: message,
  }));
  throw new Problem('request/invalid', 'The alert would not be accepted.', { errors });
}

/** Compiling what somebody sends is work, and tells what is installed. */
export function checkCandidateRight(caller: Parameters<typeof mayI>[0]): void {
  const verdict = mayI(caller, 'playbooks.check');
  if (!verdict.allowed) throw new Problem(verdict.code, verdict.reason);
}

export function candidateOf(
  { source, file }: Pick<PlanBody, 'source' | 'file'>,
  id: string,
): PlanInput['candidate'] {
  return source === undefined
    ? null
    : sourceOf({ source, ...(file !== undefined && { file }) }, `${id}.yaml`);
}

export function refusalOf({
  code,
  detail,
  diagnostics,
}: Pick<Refusal, 'code' | 'detail'> & { diagnostics?: Parameters<typeof toErrors>[0] }): Problem {
  return new Problem(code, detail, { errors: toErrors(diagnostics ?? []) });
}
