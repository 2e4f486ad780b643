import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { found } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import { integer, nullable, object, page, text, time } from '../openapi/schema-words.ts';

const itemSchema = object({
  id: text,
  run: text,
  step: text,
  attempt: nullable(text),
  size: integer,
  sha256: text,
  createdAt: time,
});

/** Answers of targets, and results of loops and called runs, that are larger than a step keeps (language reference 9.16). */
export const artifactRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/runs/{id}/artifacts',
    operationId: 'listArtifacts',
    summary: 'Answers that were too large for their steps, in the order in which they came.',
    permission: 'runs.read',
    query: queries.paging,
    answers: { 200: { description: 'A page.', schema: page(itemSchema) } },
    async handle(request, { read }) {
      const { tenant } = request.caller;
      const run = request.params.id ?? '';
      found(await read.readRun(tenant, run));
      const answer = await read.listArtifacts(tenant, { run }, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'get',
    path: '/v1/artifacts/{id}',
    operationId: 'readArtifact',
    summary: 'One answer that was too large for its step, whole.',
    permission: 'values.read',
    answers: {
      200: {
        description:
          'The JSON that was kept, byte for byte: its SHA-256 is the ETag and stands with the step. What the step hides with `mask` is hidden here as well, and then there is no ETag.',
        type: 'application/json',
        headers: { ETag: 'SHA-256 of the bytes.' },
      },
    },
    async handle({ caller, params }, { read }) {
      const { id, body, sha256, hides } = found(await read.readArtifact(caller.tenant, params.id ?? ''));
      return {
        status: 200,
        headers: {
          'Content-Type': 'application/json',
          // Text of a target, and of nobody's page.
          'Content-Disposition': `attachment; filename="${id}.json"`,
          ...(!hides && { ETag: `"${sha256}"` }),
        },
        bytes: body,
      };
    },
  },
];
