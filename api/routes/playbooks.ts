import { diagnosticsJson } from '../../engine/core/diagnostics/diagnostics-json.ts';
import { mayI } from '../../engine/core/identity/rights.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import { casesOf, publishBody } from '../http/cases-body.ts';
import { pageAnswer, pageOf, queries, text } from '../http/list-query.ts';
import { type Permissions, permissionsOf } from '../http/permissions-of.ts';
import { accepted, found, Problem } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import { diagnosticsSchema, sourceBody, sourceOf, toErrors } from '../http/source-body.ts';
import { publishedCasesSchema } from '../openapi/cases-schemas.ts';
import {
  flag,
  integer,
  list,
  map,
  nullable,
  object,
  oneOf,
  page,
  permissionFields,
  text as textSchema,
  time,
} from '../openapi/schema-words.ts';
import { versionFields } from './playbook-versions.ts';

const itemFields: { [name: string]: JsonObject } = {
  id: textSchema,
  title: textSchema,
  version: textSchema,
  publishedVersion: integer,
  enabled: flag,
  mode: textSchema,
  impact: textSchema,
  status: textSchema,
  owner: nullable(textSchema),
  digest: textSchema,
  publishedBy: textSchema,
  publishedAt: time,
  outdatedCalls: list(textSchema),
  ...permissionFields,
};

const modes = ['audit', 'ask', 'enforce'];

function playbookPermissions(caller: IdentifiedCaller, enabled: boolean): Permissions {
  return permissionsOf({
    [enabled ? 'disable' : 'enable']: mayI(caller, 'playbooks.enable'),
    publish: mayI(caller, 'playbooks.publish'),
    start: mayI(caller, 'runs.start'),
  });
}

export const playbookRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/playbooks',
    operationId: 'listPlaybooks',
    summary: 'Playbooks by id.',
    permission: 'playbooks.read',
    query: {
      ...queries.paging,
      mode: { schema: oneOf(modes), description: 'How boldly it acts.' },
      enabled: { schema: flag, description: 'Only those that are on, or off.' },
      q: { ...queries.search, description: 'Text in the title or the id.' },
    },
    answers: {
      200: { description: 'A page.', schema: page(object(itemFields)) },
    },
    async handle(request, { read }) {
      const { query, caller } = request;
      const filter = {
        mode: text(query.mode),
        enabled: typeof query.enabled === 'boolean' ? query.enabled : undefined,
        q: text(query.q),
      };
      const answer = await read.listPlaybooks(caller.tenant, filter, pageOf(request));
      const items = answer.items.map((item) => ({
        ...item,
        ...playbookPermissions(caller, item.enabled),
      }));
      return pageAnswer(request, answer, items);
    },
  },
  {
    method: 'get',
    path: '/v1/playbooks/{id}',
    operationId: 'readPlaybook',
    summary: 'The current version with source and plan, and the last fifty versions.',
    permission: 'playbooks.read',
    answers: {
      200: {
        description: 'The playbook.',
        schema: object({
          ...itemFields,
          source: textSchema,
          plan: map,
          versions: list(object(versionFields)),
        }),
      },
    },
    async handle({ caller, params }, { read }) {
      const playbook = found(await read.readPlaybook(caller.tenant, params.id ?? ''));
      return {
        status: 200,
        body: { ...playbook, ...playbookPermissions(caller, playbook.enabled) },
      };
    },
  },
  {
    method: 'post',
    path: '/v1/playbooks/check',
    operationId: 'checkPlaybook',
    summary: 'What publishing would say. Stores nothing.',
    permission: 'playbooks.check',
    body: sourceBody,
    answers: {
      200: {
        description: 'Checked; `ok` is false when there are errors.',
        schema: object({
          ok: flag,
          digest: nullable(textSchema),
          report: diagnosticsSchema,
        }),
      },
    },
    async handle({ body }, { useCases }) {
      const { source, file } = sourceOf(body, 'playbook.yaml');
      const { ok, diagnostics, digest = null } = await useCases.checkPlaybook(source, file);
      return {
        status: 200,
        body: { ok, digest, report: diagnosticsJson(diagnostics) },
      };
    },
  },
  {
    method: 'put',
    path: '/v1/playbooks/{id}/versions',
    operationId: 'publishPlaybook',
    summary:
      'Publish a version, and the cases beside it, which are played before. The same again changes nothing, unless an upgrade makes another plan of it.',
    permission: 'playbooks.publish',
    body: publishBody,
    answers: {
      200: {
        description: 'Published, or unchanged.',
        schema: object({
          id: textSchema,
          publishedVersion: integer,
          digest: textSchema,
          unchanged: flag,
          cases: nullable(publishedCasesSchema),
          report: diagnosticsSchema,
        }),
      },
    },
    async handle({ caller, params, body }, { useCases }) {
      const id = params.id ?? '';
      const { source, file } = sourceOf(body, `${id}.yaml`);
      const cases = casesOf(body, `${id}.cases.yaml`);
      const result = await useCases.publishPlaybook(caller, {
        ...{ id, source, file },
        ...(cases !== null && { cases }),
      });
      if (!result.ok) {
        throw new Problem(result.code, result.detail, {
          errors: result.errors ?? toErrors(result.diagnostics),
        });
      }
      const { version: publishedVersion, digest, unchanged, diagnostics, cases: kept } = result;
      return {
        status: 200,
        body: {
          id,
          publishedVersion,
          digest,
          unchanged,
          cases: kept,
          report: diagnosticsJson(diagnostics),
        },
      };
    },
  },
  ...(['enable', 'disable'] as const).map(
    (verb): Route => ({
      method: 'post',
      path: `/v1/playbooks/{id}/${verb}`,
      operationId: `${verb}Playbook`,
      summary: verb === 'enable' ? 'Let it start runs again.' : 'No new runs; those under way go on.',
      permission: 'playbooks.enable',
      answers: {
        200: {
          description: 'Done.',
          schema: object({ id: textSchema, enabled: flag }),
        },
      },
      async handle({ caller, params }, { useCases }) {
        const input = { id: params.id ?? '', enabled: verb === 'enable' };
        accepted(await useCases.setPlaybookEnabled(caller, input));
        return { status: 200, body: input };
      },
    }),
  ),
];
