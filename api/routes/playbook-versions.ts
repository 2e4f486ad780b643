import { presentPlan } from '../../engine/core/contracts/present-plan.ts';
import { diffReport } from '../../engine/core/diff/diff-report.ts';
import { diffStored } from '../../engine/core/diff/diff-stored.ts';
import { drawSvg } from '../../engine/core/graph/draw-svg.ts';
import { planTree } from '../../engine/core/graph/plan-tree.ts';
import type { VersionDetail } from '../../engine/runtime/read/read-version.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Deps } from '../http/deps.ts';
import { pageAnswer, pageOf, queries, text } from '../http/list-query.ts';
import { found, Problem } from '../http/problem.ts';
import type { Route, RouteRequest } from '../http/route.ts';
import {
  flag,
  integer,
  list,
  map,
  nullable,
  object,
  oneOf,
  page,
  text as textSchema,
  time,
} from '../openapi/schema-words.ts';

/* What was published, each version by our number or by the 64 hex digits of its digest. None of it ever changes. */

export const versionFields: { [name: string]: JsonObject } = {
  version: textSchema,
  publishedVersion: integer,
  digest: textSchema,
  publishedBy: textSchema,
  publishedAt: time,
  current: flag,
};

const named: JsonObject = { type: 'string', pattern: '^([1-9][0-9]{0,8}|[0-9a-f]{64})$' };

/** `schemas/plan-diff.schema.json`, which says more. */
const diffSchema = object({
  schemaVersion: integer,
  counts: object({ bolder: integer, careful: integer, neutral: integer }),
  playbooks: list(
    object({
      id: textSchema,
      before: nullable(textSchema),
      after: nullable(textSchema),
      sameMeaning: flag,
      changes: list(
        object({
          kind: textSchema,
          risk: oneOf(['bolder', 'careful', 'neutral']),
          what: textSchema,
          path: textSchema,
          before: nullable(integer),
          after: nullable(integer),
        }),
      ),
    }),
  ),
});

export const playbookVersionRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/playbooks/{id}/versions',
    operationId: 'listPlaybookVersions',
    summary: 'Versions of a playbook, newest first.',
    permission: 'playbooks.read',
    query: queries.paging,
    answers: { 200: { description: 'A page.', schema: page(object(versionFields)) } },
    async handle(request, { read }) {
      const { id } = found(await read.namePlaybook(request.caller.tenant, request.params.id ?? ''));
      const answer = await read.listVersions(request.caller.tenant, id, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'get',
    path: '/v1/playbooks/{id}/versions/{version}',
    operationId: 'readPlaybookVersion',
    summary: 'One version with source and plan, by its number or the 64 hex digits of its digest.',
    permission: 'playbooks.read',
    answers: {
      200: {
        description: 'The version.',
        schema: object({
          ...versionFields,
          title: textSchema,
          compilerVersion: integer,
          source: textSchema,
          sourceSha256: textSchema,
          plan: map,
        }),
      },
    },
    async handle(request, deps) {
      return { status: 200, body: await versionOf(request, deps, request.params.version) };
    },
  },
  {
    method: 'get',
    path: '/v1/playbooks/{id}/versions/{version}/source',
    operationId: 'readPlaybookSource',
    summary: 'The YAML of a version, byte for byte. The ETag is the SHA-256 of these bytes.',
    permission: 'playbooks.read',
    answers: {
      200: {
        description: 'The file.',
        type: 'text/yaml',
        headers: {
          ETag: 'SHA-256 of the bytes, quoted. Two texts can have one digest: that is of the plan.',
        },
      },
    },
    async handle(request, deps) {
      const { source, sourceSha256 } = await versionOf(request, deps, request.params.version);
      return {
        status: 200,
        headers: { 'Content-Type': 'text/yaml; charset=utf-8', ETag: `"sha256:${sourceSha256}"` },
        bytes: Buffer.from(source),
      };
    },
  },
  {
    method: 'get',
    path: '/v1/playbooks/{id}/versions/{version}/graph',
    operationId: 'drawPlaybookVersion',
    summary: 'The drawing of a version, as `riposte graph --format svg` makes it.',
    permission: 'playbooks.read',
    answers: { 200: { description: 'An SVG without script.', type: 'image/svg+xml' } },
    async handle(request, deps) {
      const version = await versionOf(request, deps, request.params.version);
      const plan = presentPlan(version.plan);
      if (plan === null) throw ofAnotherCompiler([version], 'drawn');
      return {
        status: 200,
        headers: {
          'Content-Type': 'image/svg+xml; charset=utf-8',
          // It brings its own style; opened by itself it could do nothing else.
          'Content-Security-Policy':
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
        },
        bytes: Buffer.from(drawSvg(planTree(plan))),
      };
    },
  },
  {
    method: 'get',
    path: '/v1/playbooks/{id}/diff',
    operationId: 'diffPlaybookVersions',
    summary: 'What two versions mean differently, as `riposte diff --json` says it: bolder first.',
    permission: 'playbooks.read',
    query: {
      from: { schema: named, description: 'The older one; default the one before `to`.' },
      to: { schema: named, description: 'The newer one; default the current one.' },
    },
    answers: { 200: { description: 'The changes, with lines in both sources.', schema: diffSchema } },
    async handle(request, deps) {
      const id = request.params.id ?? '';
      const after = await versionOf(
        request,
        deps,
        text(request.query.to) ?? (await currentOf(request, deps)),
      );
      const from = text(request.query.from) ?? oneBefore(after);
      const before = await versionOf(request, deps, from);
      const diff = diffStored(before, after);
      if (diff === null) throw ofAnotherCompiler([before, after], 'compared');
      const nameOf = ({ publishedVersion }: VersionDetail) => `${id}@${publishedVersion}`;
      return {
        status: 200,
        body: diffReport([{ id, before: nameOf(before), after: nameOf(after), ...diff }]),
      };
    },
  },
];

export async function versionOf(
  { caller, params }: RouteRequest,
  { read }: Deps,
  name = '',
): Promise<VersionDetail> {
  return found(await read.readVersion(caller.tenant, params.id ?? '', name));
}

async function currentOf({ caller, params }: RouteRequest, { read }: Deps): Promise<string> {
  const { items } = await read.listVersions(caller.tenant, params.id ?? '', { limit: 1 });
  return String(found(items[0] ?? null).publishedVersion);
}

function oneBefore({ publishedVersion }: VersionDetail): string {
  if (publishedVersion === 1)
    throw new Problem(
      'request/invalid',
      'Version 1 is the first: there is none before it. Name one in `from`.',
    );
  return String(publishedVersion - 1);
}

function ofAnotherCompiler(versions: readonly VersionDetail[], what: string): Problem {
  const named = versions.filter(({ plan }) => presentPlan(plan) === null);
  const list = named.map(
    ({ publishedVersion, compilerVersion }) => `${publishedVersion} (${compilerVersion})`,
  );
  return new Problem(
    'request/conflict',
    `Compiled by another compiler than this server's, and so not ${what}: version ${list.join(', ')}. Its source can be read; check it with riposte check, and compare files with riposte diff.`,
  );
}
