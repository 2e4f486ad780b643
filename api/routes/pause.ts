import { mayI } from '../../engine/core/identity/rights.ts';
import { permissionsOf } from '../http/permissions-of.ts';
import { accepted } from '../http/problem.ts';
import { type BodySpec, kibibyte, type Route } from '../http/route.ts';
import {
  flag,
  integer,
  nullable,
  object,
  oneOf,
  permissionFields,
  seenGeneration,
  text,
  time,
} from '../openapi/schema-words.ts';

const reasonBody: BodySpec = {
  types: ['application/json'],
  bytesMax: 16 * kibibyte,
  required: true,
  schema: object({ reason: { type: 'string', minLength: 1, maxLength: 1000 } }),
};

const liftBody: BodySpec = {
  ...reasonBody,
  schema: object({
    reason: { type: 'string', minLength: 1, maxLength: 1000 },
    generation: seenGeneration,
  }),
};

const reasonOf = (body: unknown) => ({ reason: (body as { reason: string }).reason });

export const pauseRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/pause',
    operationId: 'readPause',
    summary: 'Whether everything is paused, by whom and why, and what waits for its end.',
    permission: 'stops.read',
    answers: {
      200: {
        description: 'The pause, in force or not.',
        schema: object({
          active: flag,
          generation: integer,
          setBy: nullable(text),
          setAt: nullable(time),
          reason: nullable(text),
          liftAskedBy: nullable(text),
          queued: integer,
          held: integer,
          ...permissionFields,
        }),
      },
    },
    async handle({ caller }, { read }) {
      const [{ liftAskedById: _, ...pause }, counts] = await Promise.all([
        read.readPause(caller.tenant),
        read.countPaused(caller.tenant),
      ]);
      const may = permissionsOf({ set: mayI(caller, 'stops.set'), lift: mayI(caller, 'stops.clear') });
      return { status: 200, body: { ...pause, ...counts, ...may } };
    },
  },
  {
    method: 'post',
    path: '/v1/pause',
    operationId: 'setPause',
    summary: 'Pause everything: no run begins and nothing is sent. Alerts are taken in, matched and kept.',
    permission: 'stops.set',
    body: reasonBody,
    answers: { 200: { description: 'In force.', schema: object({ generation: integer }) } },
    async handle({ caller, body }, { useCases }) {
      const { generation } = accepted(await useCases.setPause(caller, reasonOf(body)));
      return { status: 200, body: { generation } };
    },
  },
  {
    method: 'post',
    path: '/v1/pause/lift',
    operationId: 'liftPause',
    summary:
      'Lift the pause whose `generation` was read, and no later one: everything goes on where it stood. It takes two people within an hour; the first one is told so.',
    permission: 'stops.clear',
    body: liftBody,
    answers: {
      200: {
        description: 'Lifted, or waiting for the second person.',
        schema: object({ state: oneOf(['lifted', 'needs-second-person']) }),
      },
    },
    async handle({ caller, body }, { useCases }) {
      const lift = body as { reason: string; generation: number };
      const { state } = accepted(await useCases.liftPause(caller, lift));
      return { status: 200, body: { state } };
    },
  },
];
