import type { UndoIncidentAnswer } from '../../engine/runtime/undo-incident.ts';
import { accepted } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { flag, list, nullable, object, oneOf, targetSchema, text } from '../openapi/schema-words.ts';

/** Of an undo only a part: the records of one action, or one record. */
export const narrowingFields = {
  action: { type: 'string', minLength: 1, maxLength: 200 },
  record: { type: 'string', minLength: 1, maxLength: 200 },
};

export interface NarrowingBody {
  action?: string;
  record?: string;
}

export function narrowingOf({ action = undefined, record = undefined }: NarrowingBody) {
  return { action: action ?? null, record: record ?? null };
}

const recordSchema = object({
  id: text,
  runId: text,
  step: text,
  name: text,
  action: text,
  target: nullable(targetSchema),
  follows: oneOf(['undo', 'ask', 'left-as-found', 'retained', 'irreversible']),
  heldBy: list(text),
  irreversible: nullable(text),
});

export const incidentUndoRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/v1/incidents/{id}/undo',
    operationId: 'undoIncident',
    summary:
      'Take back what the ended runs of an incident did, or one action or record of it; runs under way are named.',
    permission: 'runs.undo',
    body: {
      types: ['application/json'],
      bytesMax: 8 * kibibyte,
      required: true,
      schema: object({ reason: { type: 'string', minLength: 1, maxLength: 1000 }, ...narrowingFields }, [
        'action',
        'record',
      ]),
    },
    answers: {
      202: {
        description:
          'Begun, the newest run first. `follows` is what each record comes to as things stand; its end is an entry. With `more`, ask again for the rest.',
        schema: object({
          id: text,
          runs: list(object({ id: text, records: list(recordSchema) })),
          untouched: list(object({ id: text, state: text, code: text, detail: text })),
          more: flag,
        }),
      },
    },
    async handle({ caller, params, body }, { useCases }) {
      const id = params.id ?? '';
      const { reason, ...only } = body as { reason: string } & NarrowingBody;
      const answer = accepted(await useCases.undoIncident(caller, { id, reason, only: narrowingOf(only) }));
      return { status: 202, body: { id, ...shown(answer) }, headers: { Location: `/v1/incidents/${id}` } };
    },
  },
];

function shown({ runs, untouched, more }: Extract<UndoIncidentAnswer, { ok: true }>) {
  return {
    runs: runs.map(({ id, records }) => ({
      id,
      records: records.map((record) => ({
        id: record.id,
        runId: record.runId,
        step: record.stepPath,
        name: record.stepName,
        action: record.action,
        target: record.target === null ? null : { ...record.target, name: record.targetName },
        follows: record.follows,
        heldBy: [...record.heldBy],
        irreversible: record.irreversible,
      })),
    })),
    untouched: untouched.map((run) => ({ ...run })),
    more,
  };
}
