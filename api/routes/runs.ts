import { maskValues } from '../../engine/core/identity/mask-values.ts';
import { mayI, type Verdict } from '../../engine/core/identity/rights.ts';
import type { RunItem } from '../../engine/runtime/read/list-runs.ts';
import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import type { Code } from '../../schemas/codes.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import { foundOrGone } from '../http/found-or-gone.ts';
import { moment, pageAnswer, pageOf, queries, target, text, words } from '../http/list-query.ts';
import { type Permissions, permissionsOf } from '../http/permissions-of.ts';
import { accepted, found, Problem } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import {
  anything,
  flag,
  integer,
  list,
  map,
  nullable,
  object,
  oneOf,
  page,
  permissionFields,
  targetSchema,
  text as textSchema,
  time,
} from '../openapi/schema-words.ts';
import { entryItemSchema } from './audit.ts';
import { type NarrowingBody, narrowingFields, narrowingOf } from './incident-undo.ts';

export const runStates = [
  'queued',
  'running',
  'waiting',
  'undoing',
  'succeeded',
  'failed',
  'denied',
  'cancelled',
  'timed-out',
  'skipped',
  'undone',
  'undo-incomplete',
];

const itemFields: { [name: string]: JsonObject } = {
  id: textSchema,
  playbook: object({
    id: textSchema,
    title: textSchema,
    version: textSchema,
    publishedVersion: integer,
  }),
  state: textSchema,
  mode: textSchema,
  askedMode: nullable(textSchema),
  trigger: textSchema,
  alert: nullable(object({ id: textSchema, title: textSchema, severity: textSchema })),
  incidentId: nullable(textSchema),
  waitingFor: anything,
  reason: nullable(textSchema),
  startedBy: textSchema,
  createdAt: time,
  startedAt: nullable(time),
  endedAt: nullable(time),
};

export const runItemSchema = object(itemFields);

const stepSchema = object({
  path: textSchema,
  scope: textSchema,
  kind: textSchema,
  name: textSchema,
  action: nullable(textSchema),
  status: textSchema,
  phase: nullable(textSchema),
  attempts: integer,
  target: nullable(targetSchema),
  simulated: flag,
  outputs: anything,
  failure: anything,
  denial: anything,
  approval: anything,
  undo: nullable(textSchema),
  approvalId: nullable(textSchema),
  childRunId: nullable(textSchema),
  startedAt: nullable(time),
  finishedAt: nullable(time),
});

const stepStates = ['pending', 'active', 'succeeded', 'failed', 'denied', 'skipped', 'cancelled'];
const scopeStates = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'denied', 'skipped', 'cancelled'];

const scopeSchema = object({
  path: textSchema,
  kind: oneOf(['item', 'round', 'undo']),
  step: textSchema,
  outer: textSchema,
  index: integer,
  key: nullable(textSchema),
  state: textSchema,
  value: anything,
});

const open = ['queued', 'running', 'waiting'];

/** Whether an undo of all of it may be asked for; what is left to take back only the records know. */
export function isUndoable(state: string): boolean {
  return ![...open, 'undoing', 'skipped', 'undone'].includes(state);
}

/** A step's path may be written without the leading `run/`. */
function stepPath(named: string): string {
  return named === 'run' || named.startsWith('run/') ? named : `run/${named}`;
}

/** Until it has ended. One whose undo step is at work is `undoing` as well and has not. */
export function isUnderWay({ state, endedAt }: Pick<RunItem, 'state' | 'endedAt'>): boolean {
  return open.includes(state) || (state === 'undoing' && endedAt === null);
}

/** One run as this caller may read it. */
export function runAnswer(caller: IdentifiedCaller, run: RunDetail): JsonObject {
  const hidden = { given: maskValues(run.given), outputs: maskValues(run.outputs) };
  const shown = mayI(caller, 'values.read').allowed ? run : { ...run, ...hidden };
  return { ...shown, ...runPermissions(caller, run) } as unknown as JsonObject;
}

/** One step as this caller may read it. */
export function stepAnswer(caller: IdentifiedCaller, step: StepItem): StepItem {
  if (mayI(caller, 'values.read').allowed) return step;
  return { ...step, outputs: maskValues(step.outputs), failure: maskValues(step.failure) };
}

/** A run can be cancelled until it has ended, and taken back from then on. */
function runPermissions(caller: IdentifiedCaller, run: Pick<RunItem, 'state' | 'endedAt'>): Permissions {
  const { state } = run;
  const not = (code: Code): Verdict => ({ allowed: false, code, reason: `It is ${state}.` });
  const cancel = mayI(caller, 'runs.cancel');
  const undo = mayI(caller, 'runs.undo');
  return permissionsOf({
    cancel: !cancel.allowed || isUnderWay(run) ? cancel : not('request/conflict'),
    undo: !undo.allowed || isUndoable(state) ? undo : not('undo/not-ended'),
  });
}

export const runRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/v1/runs',
    operationId: 'startRun',
    summary: 'Start a playbook by hand.',
    permission: 'runs.start',
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: object(
        {
          playbookId: { type: 'string', minLength: 1, maxLength: 128 },
          target: object(
            {
              kind: { type: 'string', minLength: 1, maxLength: 32 },
              id: { type: 'string', minLength: 1, maxLength: 512 },
              name: { type: 'string', maxLength: 512 },
            },
            ['name'],
          ),
          inputs: map,
          mode: oneOf(['audit', 'ask', 'enforce']),
        },
        ['target', 'inputs', 'mode'],
      ),
    },
    answers: {
      202: {
        description: 'Started; follow the run at Location.',
        schema: object({ id: textSchema, state: textSchema }),
      },
    },
    async handle({ caller, body, once }, { useCases }) {
      const input = body as Omit<Parameters<typeof useCases.startRun>[1], 'once'>;
      const named = { ...input, ...(once !== null && { once }) };
      const { runId, state } = accepted(await useCases.startRun(caller, named));
      return {
        status: 202,
        body: { id: runId, state },
        headers: { Location: `/v1/runs/${runId}` },
      };
    },
  },
  {
    method: 'get',
    path: '/v1/runs',
    operationId: 'listRuns',
    summary: 'Runs, newest first.',
    permission: 'runs.read',
    query: {
      ...queries.paging,
      ...queries.window,
      status: queries.oneOrMore(runStates, 'State.'),
      playbook: queries.id('Playbook.'),
      alert: queries.id('The alert that started it.'),
      incident: queries.id('Incident.'),
      target: queries.target,
      q: queries.search,
      sort: queries.sort(['createdAt']),
    },
    answers: {
      200: {
        description: 'A page.',
        schema: page(object({ ...itemFields, ...permissionFields })),
      },
    },
    async handle(request, { read }) {
      const { query, caller } = request;
      const filter = {
        status: words(query.status),
        playbook: text(query.playbook),
        alert: text(query.alert),
        incident: text(query.incident),
        target: target(query.target),
        since: moment(query.since),
        until: moment(query.until),
        q: text(query.q),
        sort: text(query.sort) as 'createdAt' | undefined,
      };
      const answer = await read.listRuns(caller.tenant, filter, pageOf(request));
      const items = answer.items.map((run) => ({
        ...run,
        ...runPermissions(caller, run),
      }));
      return pageAnswer(request, answer, items);
    },
  },
  {
    method: 'get',
    path: '/v1/runs/{id}',
    operationId: 'readRun',
    summary: 'One run: what it was given, where it stands, what it gave back.',
    permission: 'runs.read',
    answers: {
      200: {
        description: 'The run. Values are masked for callers who may not read them.',
        schema: object({
          ...itemFields,
          ...permissionFields,
          digest: textSchema,
          parentRunId: nullable(textSchema),
          given: map,
          outputs: anything,
          steps: object({
            total: integer,
            byStatus: { type: 'object', additionalProperties: integer },
          }),
          pendingApprovals: list(textSchema),
        }),
      },
    },
    async handle({ caller, params }, { read }) {
      const { tenant } = caller;
      const id = params.id ?? '';
      const run = await foundOrGone(await read.readRun(tenant, id), { read, tenant }, id);
      return { status: 200, body: runAnswer(caller, run) };
    },
  },
  {
    method: 'get',
    path: '/v1/runs/{id}/steps',
    operationId: 'listSteps',
    summary: 'Steps in the order of the playbook, items one after the other, also those not reached.',
    permission: 'runs.read',
    query: {
      ...queries.paging,
      scope: queries.path('Only the steps of this scope; `run` for those outside of loops.'),
      status: queries.oneOrMore(stepStates, 'Status.'),
    },
    answers: {
      200: {
        description:
          'A page. Outputs are masked for callers who may not read values; what a step hides with `mask` is masked for everybody.',
        schema: page(stepSchema),
      },
    },
    async handle(request, { read }) {
      const { caller, params, query } = request;
      const run = params.id ?? '';
      found(await read.readRun(caller.tenant, run));
      const filter = { run, scope: text(query.scope), status: words(query.status) };
      const answer = await read.listSteps(caller.tenant, filter, pageOf(request));
      const items = answer.items.map((step) => stepAnswer(caller, step));
      return pageAnswer(request, answer, items);
    },
  },
  {
    method: 'get',
    path: '/v1/runs/{id}/scopes',
    operationId: 'listScopes',
    summary: 'What runs inside steps: the items of loops, the rounds of repeats, what an undo takes back.',
    permission: 'runs.read',
    query: {
      ...queries.paging,
      step: queries.path('Only what runs inside this step.'),
      state: queries.oneOrMore(scopeStates, 'State.'),
    },
    answers: {
      200: {
        description:
          'A page. Values are masked for callers who may not read them; elements of a list that a step hides with `mask`, for everybody.',
        schema: page(scopeSchema),
      },
    },
    async handle(request, { read }) {
      const { caller, params, query } = request;
      const run = params.id ?? '';
      found(await read.readRun(caller.tenant, run));
      const filter = { run, step: text(query.step), state: words(query.state) };
      const answer = await read.listScopes(caller.tenant, filter, pageOf(request));
      const items = mayI(caller, 'values.read').allowed
        ? answer.items
        : answer.items.map((scope) => ({ ...scope, value: maskValues(scope.value) }));
      return pageAnswer(request, answer, items);
    },
  },
  {
    method: 'get',
    path: '/v1/runs/{id}/entries',
    operationId: 'listRunEntries',
    summary: 'The audit entries of one run, oldest first.',
    permission: 'values.read',
    readsLog: true,
    query: queries.paging,
    answers: { 200: { description: 'A page.', schema: page(entryItemSchema) } },
    async handle(request, { read }) {
      const { tenant } = request.caller;
      const run = request.params.id ?? '';
      found(await read.readRun(tenant, run));
      const answer = await read.listEntries(tenant, { run, sort: 'index' }, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'post',
    path: '/v1/runs/{id}/cancel',
    operationId: 'cancelRun',
    summary:
      'Stop a run. What was done stays done, unless `undo` asks for it to be taken back, which takes `runs.undo`.',
    permission: 'runs.cancel',
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: object(
        {
          reason: { type: 'string', minLength: 1, maxLength: 1000 },
          undo: { type: 'boolean', default: false },
        },
        ['undo'],
      ),
    },
    answers: {
      202: {
        description: 'Asked for; jobs under way are awaited.',
        schema: object({ id: textSchema }),
      },
    },
    async handle({ caller, params, body }, { useCases }) {
      const runId = params.id as RunId;
      const { reason, undo = false } = body as { reason: string; undo?: boolean };
      // Or whoever may only stop runs would take effects back.
      const right = mayI(caller, undo ? 'runs.undo' : 'runs.cancel');
      if (!right.allowed) throw new Problem(right.code, right.reason);
      accepted(await useCases.cancelRun(caller, { runId, reason, undo }));
      return {
        status: 202,
        body: { id: runId },
        headers: { Location: `/v1/runs/${runId}` },
      };
    },
  },
  {
    method: 'post',
    path: '/v1/runs/{id}/undo',
    operationId: 'undoRun',
    summary: 'Take back what an ended run did, all of it or the named steps; failed tries are tried again.',
    permission: 'runs.undo',
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: object(
        {
          reason: { type: 'string', minLength: 1, maxLength: 1000 },
          steps: {
            type: 'array',
            minItems: 1,
            maxItems: 1000,
            items: { type: 'string', minLength: 1, maxLength: 1000 },
          },
          ...narrowingFields,
        },
        ['steps', 'action', 'record'],
      ),
    },
    answers: {
      202: {
        description: 'Begun; the run at Location is undoing until each record has its outcome.',
        schema: object({ id: textSchema }),
      },
    },
    async handle({ caller, params, body }, { useCases }) {
      const runId = params.id as RunId;
      const { reason, steps, ...only } = body as { reason: string; steps?: string[] } & NarrowingBody;
      const { action, record } = narrowingOf(only);
      accepted(
        await useCases.undoRun(caller, {
          runId,
          reason,
          steps: steps === undefined ? null : steps.map(stepPath),
          ...((action ?? record) !== null && { only: { action, record } }),
        }),
      );
      return {
        status: 202,
        body: { id: runId },
        headers: { Location: `/v1/runs/${runId}` },
      };
    },
  },
  {
    method: 'post',
    path: '/v1/runs/{id}/steps/{step}/restart',
    operationId: 'restartStep',
    summary:
      'Take up an ended run at a failed or denied step: a new run in which what had ended well stays done.',
    permission: 'runs.start',
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: object({ reason: { type: 'string', minLength: 1, maxLength: 1000 } }),
    },
    answers: {
      202: {
        description: 'Started; follow the new run at Location. Asked twice, it is the same run.',
        schema: object({ id: textSchema }),
      },
    },
    async handle({ caller, params, body }, { useCases }) {
      const { reason } = body as { reason: string };
      const step = stepPath(params.step ?? '');
      const restarted = accepted(
        await useCases.restartStep(caller, { runId: params.id as RunId, step, reason }),
      );
      return {
        status: 202,
        body: { id: restarted.runId },
        headers: { Location: `/v1/runs/${restarted.runId}` },
      };
    },
  },
];
