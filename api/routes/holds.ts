import { mayI } from '../../engine/core/identity/rights.ts';
import type { ContainedItem } from '../../engine/runtime/read/list-contained.ts';
import type { UndoId } from '../../schemas/ids.ts';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import { pageAnswer, pageOf, queries, target, text as textOf, words } from '../http/list-query.ts';
import { onlyWhen, type Permissions, permissionsOf } from '../http/permissions-of.ts';
import { accepted } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import {
  flag,
  list,
  nullable,
  object,
  oneOf,
  page,
  permissionFields,
  targetSchema,
  text,
  time,
} from '../openapi/schema-words.ts';

const holdSchema = object({
  id: text,
  effect: text,
  target: nullable(targetSchema),
  since: time,
  action: text,
  run: object({ id: text, state: text }),
  step: text,
  name: text,
  playbook: object({ id: text, title: text }),
  startedBy: text,
  approvedBy: list(text),
  origin: oneOf(['ours', 'found', 'unknown']),
  inverse: nullable(text),
  state: oneOf(['done', 'undoing', 'undo-failed', 'irreversible']),
  lease: nullable(object({ until: time, atEnd: text, asked: flag, warned: flag, stuck: flag })),
  others: list(text),
  ...permissionFields,
});

export function holdPermissions(caller: IdentifiedCaller, hold: ContainedItem): Permissions {
  const right = mayI(caller, 'runs.undo');
  return permissionsOf({
    release:
      hold.inverse === null
        ? onlyWhen(right, false, 'There is no way to take it back.')
        : onlyWhen(right, hold.state !== 'undoing', 'It is being taken back already.'),
    renew: onlyWhen(
      right,
      hold.lease !== null && hold.state === 'done',
      'It stands without an end, or not any more.',
    ),
  });
}

export const holdRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/holds',
    operationId: 'listHolds',
    summary:
      'What is contained at this instant, newest first: by which run, who approved it, who else holds it.',
    permission: 'runs.read',
    query: {
      ...queries.paging,
      effect: queries.id('Effect, e.g. `network-isolated`.'),
      origin: queries.oneOrMore(['ours', 'found', 'unknown'], 'Whether it was so before.'),
      system: queries.id('System, e.g. `edr`.'),
      target: queries.target,
      playbook: queries.id('Playbook.'),
      run: queries.id('Run.'),
      incident: queries.id('Incident.'),
      lease: queries.oneOrMore(
        ['expiring', 'stuck'],
        'Only those whose lease ends soon, or has ended and waits for an engine of another version.',
      ),
    },
    answers: { 200: { description: 'One page.', schema: page(holdSchema) } },
    async handle(request, { read }) {
      const { caller, query } = request;
      const filter = {
        effect: textOf(query.effect),
        origin: words(query.origin),
        system: textOf(query.system),
        target: target(query.target),
        playbook: textOf(query.playbook),
        run: textOf(query.run),
        incident: textOf(query.incident),
        lease: words(query.lease),
      };
      const holds = await read.listContained(caller.tenant, filter, pageOf(request));
      const items = holds.items.map((hold) => ({ ...hold, ...holdPermissions(caller, hold) }));
      return pageAnswer(request, holds, items);
    },
  },
  {
    method: 'post',
    path: '/v1/holds/{id}/release',
    operationId: 'releaseHold',
    summary:
      'Take back what is contained: one record, through guards and approvals, and after a look at the target.',
    permission: 'runs.undo',
    body: {
      types: ['application/json'],
      bytesMax: 8 * kibibyte,
      required: true,
      schema: object({ reason: { type: 'string', minLength: 1, maxLength: 1000 } }),
    },
    answers: {
      202: {
        description: 'Begun; the run at Location shows how it goes on.',
        schema: object({ id: text, runId: text }),
      },
    },
    async handle({ caller, params, body }, { useCases }) {
      const { reason } = body as { reason: string };
      const recordId = params.id as UndoId;
      const { runId } = accepted(await useCases.undoRecord(caller, { recordId, reason, overwrite: null }));
      return { status: 202, body: { id: recordId, runId }, headers: { Location: `/v1/runs/${runId}` } };
    },
  },
];
