import { entryTypes } from '../../engine/core/contracts/entry.ts';
import { mayI } from '../../engine/core/identity/rights.ts';
import { moment, pageAnswer, pageOf, queries, target, text, words } from '../http/list-query.ts';
import { Problem } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import {
  flag,
  integer,
  list,
  nullable,
  object,
  page,
  text as textSchema,
  time,
} from '../openapi/schema-words.ts';

export const entryItemSchema = object({
  index: integer,
  log: textSchema,
  id: textSchema,
  type: textSchema,
  at: time,
  entry: nullable(textSchema),
  leaf: textSchema,
});

export const auditRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/audit/entries',
    operationId: 'listEntries',
    summary: 'Sealed entries with their bytes and leaf hashes, newest first.',
    permission: 'audit.read-own',
    readsLog: true,
    query: {
      ...queries.paging,
      ...queries.window,
      log: queries.log,
      type: queries.oneOrMore(entryTypes, 'Type.'),
      run: queries.id('Run.'),
      incident: queries.id('Incident: its own entries, those of its alerts and of its runs.'),
      actor: queries.id('Id of who did it. Callers without the right to read all see their own.'),
      action: queries.id('Action key.'),
      target: queries.target,
      sort: queries.sort(['index']),
    },
    answers: { 200: { description: 'A page.', schema: page(entryItemSchema) } },
    async handle(request, { read }) {
      const { query, caller } = request;
      const asked = text(query.actor);
      const all = mayI(caller, 'audit.read');
      if (!all.allowed && asked !== undefined && asked !== caller.id) throw new Problem(all.code, all.reason);
      const filter = {
        log: text(query.log),
        run: text(query.run),
        incident: text(query.incident),
        type: words(query.type),
        actor: all.allowed ? asked : caller.id,
        action: text(query.action),
        target: target(query.target),
        since: moment(query.since),
        until: moment(query.until),
        sort: text(query.sort) as 'index' | undefined,
      };
      const answer = await read.listEntries(caller.tenant, filter, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'get',
    path: '/v1/audit/checkpoints',
    operationId: 'listCheckpoints',
    summary:
      'Signed heads of the log, newest first. Keep one elsewhere: it proves later that nothing before it changed.',
    permission: 'audit.read',
    readsLog: true,
    query: { ...queries.paging, log: queries.log, sort: queries.sort(['size']) },
    answers: {
      200: {
        description: 'A page.',
        schema: page(
          object({
            size: integer,
            note: nullable(textSchema),
            at: time,
            origin: textSchema,
            key: nullable(textSchema),
          }),
        ),
      },
    },
    async handle(request, { read }) {
      const sort = text(request.query.sort) as 'size' | undefined;
      const filter = { log: text(request.query.log), sort };
      const answer = await read.listCheckpoints(request.caller.tenant, filter, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'post',
    path: '/v1/audit/verify',
    operationId: 'verifyAudit',
    summary: 'Recompute the whole log from its stored bytes and compare it with its checkpoints.',
    permission: 'audit.verify',
    query: { log: queries.log },
    answers: {
      200: {
        description:
          'What was found; `ok` is false when anything does not fit. `keys` are as the database names them: compare them with the one you were given. `orders`: about the log, as they were done, and those of them that two passkeys did not sign.',
        schema: object({
          ok: flag,
          log: textSchema,
          size: integer,
          root: textSchema,
          keys: list(textSchema),
          checkpoint: nullable(
            object({
              size: integer,
              root: textSchema,
              note: nullable(textSchema),
            }),
          ),
          pending: integer,
          orders: object({ done: integer, unsigned: integer }),
          problems: list(
            object({
              code: textSchema,
              index: nullable(integer),
              detail: textSchema,
            }),
          ),
        }),
      },
    },
    async handle({ caller, query }, { useCases }) {
      return { status: 200, body: await useCases.verifyAudit(caller, text(query.log) ?? null) };
    },
  },
];
