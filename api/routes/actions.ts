import { maskValues } from '../../engine/core/identity/mask-values.ts';
import { mayI } from '../../engine/core/identity/rights.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { moment, pageAnswer, pageOf, queries, target, text, words } from '../http/list-query.ts';
import { found } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import {
  anything,
  integer,
  list,
  map,
  nullable,
  object,
  page,
  targetSchema,
  text as textSchema,
  time,
} from '../openapi/schema-words.ts';

const itemFields: { [name: string]: JsonObject } = {
  id: textSchema,
  action: textSchema,
  actionVersion: textSchema,
  class: textSchema,
  system: textSchema,
  connection: textSchema,
  target: nullable(targetSchema),
  run: object({ id: textSchema, state: textSchema }),
  incidentId: nullable(textSchema),
  step: textSchema,
  playbook: object({ id: textSchema, title: textSchema }),
  number: integer,
  state: textSchema,
  outcome: nullable(textSchema),
  createdAt: time,
  claimedAt: nullable(time),
  finishedAt: nullable(time),
};

export const actionRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/actions',
    operationId: 'listActions',
    summary: 'What was and is being done to targets, newest first.',
    permission: 'actions.read',
    query: {
      ...queries.paging,
      ...queries.window,
      status: queries.oneOrMore(['queued', 'claimed', 'done', 'lost', 'revoked'], 'State of the attempt.'),
      outcome: queries.oneOrMore(
        ['succeeded', 'accepted', 'failed', 'unknown', 'changed', 'unread'],
        'Outcome.',
      ),
      class: queries.oneOrMore(['read', 'notify', 'restore', 'contain', 'eradicate'], 'Class.'),
      action: queries.id('Action key.'),
      system: queries.id('Target system.'),
      playbook: queries.id('Playbook.'),
      run: queries.id('Run.'),
      incident: queries.id('Incident.'),
      target: queries.target,
      sort: queries.sort(['createdAt']),
    },
    answers: {
      200: { description: 'A page.', schema: page(object(itemFields)) },
    },
    async handle(request, { read }) {
      const { query } = request;
      const filter = {
        status: words(query.status),
        outcome: words(query.outcome),
        class: words(query.class),
        action: text(query.action),
        system: text(query.system),
        playbook: text(query.playbook),
        run: text(query.run),
        incident: text(query.incident),
        target: target(query.target),
        since: moment(query.since),
        until: moment(query.until),
        sort: text(query.sort) as 'createdAt' | undefined,
      };
      const answer = await read.listActions(request.caller.tenant, filter, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'get',
    path: '/v1/actions/{id}',
    operationId: 'readAction',
    summary: 'One attempt with its arguments, its result and everything asked of the target since.',
    permission: 'actions.read',
    answers: {
      200: {
        description:
          'The attempt. Values are masked for callers who may not read them; outputs that the step hides with `mask`, for everybody.',
        schema: object({
          ...itemFields,
          actionKey: textSchema,
          arguments: map,
          result: anything,
          intentEntryId: textSchema,
          attempts: list(
            object({
              id: textSchema,
              purpose: textSchema,
              number: integer,
              state: textSchema,
              outcome: nullable(textSchema),
              at: time,
            }),
          ),
        }),
      },
    },
    async handle({ caller, params }, { read }) {
      const action = found(await read.readAction(caller.tenant, params.id ?? ''));
      const body = mayI(caller, 'values.read').allowed
        ? action
        : {
            ...action,
            arguments: maskValues(action.arguments),
            result: maskValues(action.result),
          };
      return { status: 200, body };
    },
  },
];
