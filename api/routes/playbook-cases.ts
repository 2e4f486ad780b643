import { mayI } from '../../engine/core/identity/rights.ts';
import { isOld } from '../../engine/runtime/plays-with.ts';
import type { CasesDetail } from '../../engine/runtime/read/read-cases.ts';
import type { Deps } from '../http/deps.ts';
import { permissionsOf } from '../http/permissions-of.ts';
import { accepted, Problem } from '../http/problem.ts';
import type { Route, RouteRequest } from '../http/route.ts';
import { casesSchema } from '../openapi/cases-schemas.ts';
import { versionOf } from './playbook-versions.ts';

/* Cases that were published with a version: evidence beside it, which its digest does not know. */

const query = {
  number: {
    schema: { type: 'integer', minimum: 1, maximum: 999_999_999 },
    description: 'Earlier ones of this version; default the newest, which count.',
  },
} as const;

export const playbookCaseRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/playbooks/{id}/versions/{version}/cases',
    operationId: 'readPlaybookCases',
    summary: 'Cases of a version and how they were played: each with its reasons, and what they cover.',
    permission: 'playbooks.read',
    query,
    answers: {
      200: {
        description:
          'The cases. `old`: played with another release, compiler or actions than are installed now. Lines of cases are of their file, those of points of the playbook.',
        schema: casesSchema,
      },
    },
    async handle(request, deps) {
      return answerOf(request, deps);
    },
  },
  {
    method: 'get',
    path: '/v1/playbooks/{id}/versions/{version}/cases/source',
    operationId: 'readPlaybookCasesSource',
    summary: 'The YAML of the cases of a version, byte for byte. The ETag is the SHA-256 of these bytes.',
    permission: 'playbooks.read',
    query,
    answers: {
      200: {
        description: 'The file.',
        type: 'text/yaml',
        headers: { ETag: 'SHA-256 of the bytes, quoted.' },
      },
    },
    async handle(request, deps) {
      const { cases } = await casesOf(request, deps);
      return {
        status: 200,
        headers: { 'Content-Type': 'text/yaml; charset=utf-8', ETag: `"sha256:${cases.sha256}"` },
        bytes: Buffer.from(cases.source),
      };
    },
  },
  {
    method: 'post',
    path: '/v1/playbooks/{id}/versions/{version}/cases/play',
    operationId: 'playPlaybookCases',
    summary: 'Play the newest cases of a version once more, with what is installed now.',
    permission: 'playbooks.check',
    answers: {
      200: { description: 'Played; the result takes the place of the one before.', schema: casesSchema },
    },
    async handle(request, deps) {
      const { publishedVersion: version } = await versionOf(request, deps, request.params.version);
      const playbookId = request.params.id ?? '';
      accepted(await deps.useCases.playCases(request.caller, { playbookId, version }));
      return answerOf(request, deps);
    },
  },
];

async function answerOf(request: RouteRequest, deps: Deps) {
  const { publishedVersion, cases } = await casesOf(request, deps);
  const { source: _source, result, ...shown } = cases;
  return {
    status: 200,
    body: {
      publishedVersion,
      ...shown,
      ...result,
      old: isOld(cases.playedWith, deps.installed),
      ...permissionsOf({ play: mayI(request.caller, 'playbooks.check') }),
    },
  };
}

async function casesOf(
  request: RouteRequest,
  deps: Deps,
): Promise<{ publishedVersion: number; cases: CasesDetail }> {
  const { caller, params, query } = request;
  const { publishedVersion } = await versionOf(request, deps, params.version);
  const number = typeof query.number === 'number' ? query.number : null;
  const cases = await deps.read.readCases(caller.tenant, params.id ?? '', publishedVersion, number);
  if (cases !== null) return { publishedVersion, cases };
  throw new Problem(
    'request/not-found',
    number === null
      ? 'No cases were published with this version. Publish it once more with the file beside it.'
      : 'This version has no cases of that number.',
  );
}
