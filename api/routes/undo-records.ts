import { mayI } from '../../engine/core/identity/rights.ts';
import { type UndoRecordItem, undoListStates } from '../../engine/runtime/read/list-undo-records.ts';
import type { UndoId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import { pageAnswer, pageOf, queries, target, text as textOf, words } from '../http/list-query.ts';
import { maskUndo } from '../http/mask-undo.ts';
import { onlyWhen, type Permissions, permissionsOf } from '../http/permissions-of.ts';
import { accepted, found } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { statusOf } from '../http/status-of.ts';
import {
  integer,
  list,
  map,
  nullable,
  object,
  oneOf,
  page,
  permissionFields,
  targetSchema,
  text,
  time,
} from '../openapi/schema-words.ts';

/* What could not be taken back, over all runs, and what a person does about it. */

/** Few enough to be looked at one by one. */
const atOnceMax = 100;

const reasonField = { type: 'string', minLength: 1, maxLength: 1000 };
const digestField = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };

const recordSchema = object({
  id: text,
  run: object({ id: text, state: text }),
  incidentId: nullable(text),
  playbook: object({ id: text, title: text }),
  step: text,
  name: text,
  action: text,
  effect: nullable(text),
  target: nullable(targetSchema),
  inverse: nullable(text),
  state: text,
  failure: nullable(object({ code: text, message: text })),
  changed: nullable(object({ expected: map, found: map, digest: text })),
  tries: integer,
  at: time,
  ...permissionFields,
});

/** What is there to do about a record in this state, as far as the caller may. */
export function undoPermissions(caller: IdentifiedCaller, record: UndoRecordItem): Permissions {
  const right = mayI(caller, 'runs.undo');
  const waits = ['undo-failed', 'changed-since'].includes(record.state);
  return permissionsOf({
    retry:
      record.inverse === null
        ? onlyWhen(right, false, 'There is no way to take it back.')
        : onlyWhen(right, waits || record.state === 'done', `It is ${record.state}.`),
    accept: onlyWhen(right, waits || record.state === 'irreversible', `It is ${record.state}.`),
    overwrite: onlyWhen(
      right,
      waits && record.changed !== null,
      'Nothing was found that it would overwrite.',
    ),
  });
}

function answered(caller: IdentifiedCaller, record: UndoRecordItem): UndoRecordItem & Permissions {
  const shown = mayI(caller, 'values.read').allowed ? record : maskUndo(record);
  return { ...shown, ...undoPermissions(caller, record) };
}

export const undoRecordRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/undo',
    operationId: 'listUndoRecords',
    summary:
      'What could not be taken back, over all runs, newest first: failed, or changed by somebody since.',
    permission: 'runs.read',
    query: {
      ...queries.paging,
      state: queries.oneOrMore(undoListStates, 'State. Without it those that wait for a person.'),
      system: queries.id('System, e.g. `edr`.'),
      action: queries.id('Action that was done.'),
      target: queries.target,
      incident: queries.id('Incident.'),
      run: queries.id('Run.'),
    },
    answers: { 200: { description: 'One page.', schema: page(recordSchema) } },
    async handle(request, { read }) {
      const { caller, query } = request;
      const filter = {
        state: words(query.state),
        system: textOf(query.system),
        action: textOf(query.action),
        target: target(query.target),
        incident: textOf(query.incident),
        run: textOf(query.run),
      };
      const records = await read.listUndoRecords(caller.tenant, filter, pageOf(request));
      return pageAnswer(
        request,
        records,
        records.items.map((record) => answered(caller, record)),
      );
    },
  },
  {
    method: 'get',
    path: '/v1/undo/{id}',
    operationId: 'readUndoRecord',
    summary: 'One undo record: what was done, how taking it back went, and what was found instead.',
    permission: 'runs.read',
    answers: { 200: { description: 'The record.', schema: recordSchema } },
    async handle({ caller, params }, { read }) {
      const record = found(await read.readUndoRecord(caller.tenant, params.id ?? ''));
      return { status: 200, body: answered(caller, record) };
    },
  },
  {
    method: 'post',
    path: '/v1/undo/{id}/retry',
    operationId: 'retryUndo',
    summary:
      'Take one record back. With the digest of what was found also over a target that was changed since, which people are asked about.',
    permission: 'runs.undo',
    body: {
      types: ['application/json'],
      bytesMax: 8 * kibibyte,
      required: true,
      schema: object({ reason: reasonField, overwrite: digestField }, ['overwrite']),
    },
    answers: {
      202: {
        description: 'Begun; the run at Location shows how it goes on.',
        schema: object({ id: text, runId: text }),
      },
    },
    async handle({ caller, params, body }, { useCases }) {
      const { reason, overwrite = null } = body as { reason: string; overwrite?: string };
      const recordId = params.id as UndoId;
      const { runId } = accepted(await useCases.undoRecord(caller, { recordId, reason, overwrite }));
      return { status: 202, body: { id: recordId, runId }, headers: { Location: `/v1/runs/${runId}` } };
    },
  },
  {
    method: 'post',
    path: '/v1/undo/{id}/accept',
    operationId: 'acceptUndoRecord',
    summary: 'Leave the target as it is and close the record, with a reason. Nothing is sent.',
    permission: 'runs.undo',
    body: {
      types: ['application/json'],
      bytesMax: 8 * kibibyte,
      required: true,
      schema: object({ reason: reasonField }),
    },
    answers: { 200: { description: 'Closed.', schema: object({ id: text, state: oneOf(['left-as-is']) }) } },
    async handle({ caller, params, body }, { useCases }) {
      const { reason } = body as { reason: string };
      const recordId = params.id as UndoId;
      accepted(await useCases.leaveAsIs(caller, { recordId, reason }));
      return { status: 200, body: { id: recordId, state: 'left-as-is' } };
    },
  },
  {
    method: 'post',
    path: '/v1/undo/retry',
    operationId: 'retryUndos',
    summary: 'Up to a hundred records, each judged by itself: one refusal holds up no other.',
    permission: 'runs.undo',
    body: {
      types: ['application/json'],
      bytesMax: 64 * kibibyte,
      required: true,
      schema: object({
        reason: reasonField,
        records: {
          type: 'array',
          minItems: 1,
          maxItems: atOnceMax,
          items: object({ id: text, overwrite: digestField }, ['overwrite']),
        },
      }),
    },
    answers: {
      200: {
        description: 'What became of each, in the order in which they were sent.',
        schema: object({
          items: list({
            anyOf: [
              object({ ok: { const: true }, id: text, runId: text }),
              object({ ok: { const: false }, id: text, status: integer, code: text, detail: text }),
            ],
          }),
        }),
      },
    },
    async handle({ caller, body }, { useCases }) {
      const { reason, records } = body as { reason: string; records: { id: UndoId; overwrite?: string }[] };
      const items: JsonObject[] = [];
      for (const { id, overwrite = null } of records) {
        const answer = await useCases.undoRecord(caller, { recordId: id, reason, overwrite });
        items.push(
          answer.ok
            ? { id, ok: true, runId: answer.runId }
            : { id, ok: false, status: statusOf(answer.code), code: answer.code, detail: answer.detail },
        );
      }
      return { status: 200, body: { items } };
    },
  },
];
