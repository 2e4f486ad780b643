import { mayI, type Principal } from '../../engine/core/identity/rights.ts';
import type { TaskItem } from '../../engine/runtime/read/list-tasks.ts';
import type { TaskId } from '../../schemas/ids.ts';
import { moment, pageAnswer, pageOf, queries, text, words } from '../http/list-query.ts';
import { maskTask } from '../http/mask-task.ts';
import { type Permissions, permissionsOf } from '../http/permissions-of.ts';
import { accepted, found } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { seenDigest } from '../http/seen-digest.ts';
import { object, oneOf, page, text as textSchema } from '../openapi/schema-words.ts';
import { taskDetailSchema, taskItemSchema, taskStates } from '../openapi/task-schemas.ts';

/** What the caller may do now; the use case says it again inside its transaction. */
export function answersFor(caller: Principal, task: Pick<TaskItem, 'state' | 'canAsk'>): Permissions {
  const may = mayI(caller, 'tasks.answer');
  const closed = {
    allowed: false,
    code: 'task/closed',
    reason: 'What was answered before, or silence, stands.',
  } as const;
  const cannotAsk = {
    allowed: false,
    code: 'task/cannot-ask',
    reason: 'This action has no way to read the state of its target.',
  } as const;
  const answer = may.allowed && task.state !== 'open' ? closed : may;
  return permissionsOf({ answer, ask: answer.allowed && !task.canAsk ? cannotAsk : answer });
}

interface AnswerBody {
  answer: 'happened' | 'did-not-happen' | 'ask';
  proof?: string;
  digest?: string;
}

export const taskRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/tasks',
    operationId: 'listTasks',
    summary: 'Effects that nobody knows about, put to people, newest first.',
    permission: 'tasks.read',
    query: {
      ...queries.paging,
      ...queries.window,
      state: queries.oneOrMore(taskStates, 'State.'),
      contradicted: { schema: { type: 'boolean' }, description: 'Whether the target said otherwise later.' },
      run: queries.id('Run.'),
      incident: queries.id('Incident.'),
      system: queries.id('Target system.'),
      sort: queries.sort(['openedAt', 'answerBefore']),
    },
    answers: { 200: { description: 'A page.', schema: page(taskItemSchema) } },
    async handle(request, { read }) {
      const { query, caller } = request;
      const filter = {
        state: words(query.state),
        contradicted: query.contradicted === undefined ? undefined : query.contradicted === true,
        run: text(query.run),
        incident: text(query.incident),
        system: text(query.system),
        since: moment(query.since),
        until: moment(query.until),
        sort: text(query.sort) as 'openedAt' | undefined,
      };
      const answer = await read.listTasks(caller.tenant, filter, pageOf(request));
      const items = answer.items.map((task) => ({ ...task, ...answersFor(caller, task) }));
      return pageAnswer(request, answer, items);
    },
  },
  {
    method: 'get',
    path: '/v1/tasks/{id}',
    operationId: 'readTask',
    summary: 'Everything that is known about one of them. The ETag is the digest that an answer has to name.',
    permission: 'tasks.read',
    answers: {
      200: {
        description: 'The task. Values are masked for callers who may not read them.',
        schema: taskDetailSchema,
        headers: { ETag: 'The digest, quoted.' },
      },
    },
    async handle({ caller, params }, { read }) {
      const task = found(await read.readTask(caller.tenant, params.id ?? ''));
      const shown = mayI(caller, 'values.read').allowed ? task : maskTask(task);
      return {
        status: 200,
        body: { ...shown, ...answersFor(caller, task) },
        headers: { ETag: `"${task.digest}"` },
      };
    },
  },
  {
    method: 'post',
    path: '/v1/tasks/{id}/answers',
    operationId: 'answerTask',
    summary: 'Say what became of it, with what was seen, or have the target asked once more. People only.',
    permission: 'tasks.answer',
    body: {
      types: ['application/json'],
      bytesMax: 64 * kibibyte,
      required: true,
      schema: object(
        {
          answer: oneOf(['happened', 'did-not-happen', 'ask']),
          proof: { type: 'string', maxLength: 2000 },
          digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
        },
        ['proof', 'digest'],
      ),
    },
    answers: {
      200: {
        description: 'The run goes on with exactly this; `asking`: the target is being asked.',
        schema: object({ id: textSchema, state: oneOf(['happened', 'did-not-happen', 'asking']) }),
      },
    },
    async handle(request, { useCases }) {
      const { answer, proof = '', digest: sent } = request.body as AnswerBody;
      const digest = seenDigest(request.header('if-match'), sent, 'task/precondition-required');
      const taskId = request.params.id as TaskId;
      const { state } = accepted(
        await useCases.answerTask(request.caller, { taskId, answer, proof, digest }),
      );
      return { status: 200, body: { id: taskId, state } };
    },
  },
];
