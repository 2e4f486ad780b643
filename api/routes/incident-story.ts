import { storyTypes } from '../../engine/runtime/read/story-events.ts';
import { moment, pageAnswer, pageOf, queries, target, text, words } from '../http/list-query.ts';
import { found } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import {
  list,
  nullable,
  object,
  oneOf,
  page,
  targetSchema,
  text as textSchema,
  time,
} from '../openapi/schema-words.ts';

const itemSchema = object({
  at: time,
  type: oneOf(storyTypes),
  ref: textSchema,
  run: nullable(textSchema),
  playbook: nullable(object({ id: textSchema, title: textSchema, version: textSchema })),
  title: nullable(textSchema),
  severity: nullable(textSchema),
  mode: nullable(textSchema),
  action: nullable(textSchema),
  class: nullable(textSchema),
  targets: list(targetSchema),
  state: nullable(textSchema),
  classification: nullable(textSchema),
  owner: nullable(textSchema),
  by: nullable(object({ id: textSchema, name: textSchema })),
  comment: nullable(textSchema),
});

export const incidentStoryRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/incidents/{id}/story',
    operationId: 'readIncidentStory',
    summary:
      'What happened in an incident, oldest first: alerts, runs, effects, questions, decisions, what people ordered, what was taken back.',
    permission: 'incidents.read',
    query: {
      ...queries.paging,
      ...queries.window,
      type: queries.oneOrMore(storyTypes, 'What happened.'),
      target: queries.target,
      sort: {
        schema: { type: 'string', enum: ['at', '-at'], default: 'at' },
        description: 'A minus sign sorts downwards.',
      },
    },
    answers: {
      200: {
        description:
          'A page. `ref` is the alert, run, attempt, approval, task, undo record or incident that it is about; what a type does not have is null. It is told by what is stored now: of a record that was taken back twice, the last time; who ordered it is told from the audit log, as soon as that has it.',
        schema: page(itemSchema),
      },
    },
    async handle(request, { read }) {
      const { caller, params, query } = request;
      const id = params.id ?? '';
      const filter = {
        type: words(query.type),
        target: target(query.target),
        since: moment(query.since),
        until: moment(query.until),
        sort: text(query.sort) as 'at' | '-at' | undefined,
      };
      const story = await read.listStory(caller.tenant, id, filter, pageOf(request));
      // Every incident has a beginning: only what is empty may be of none.
      if (story.items.length === 0) found(await read.readIncident(caller.tenant, id));
      return pageAnswer(request, story, story.items);
    },
  },
];
