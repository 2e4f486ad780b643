import { breakGlass } from '../../engine/core/approval/judge-break-glass.ts';
import { type Finding, findings } from '../../engine/core/approval/judge-review.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { accepted } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { seenDigest } from '../http/seen-digest.ts';
import { glassSchema } from '../openapi/approval-schemas.ts';
import { flag, object, oneOf, page, text } from '../openapi/schema-words.ts';

/*
 * Deciding alone, and looking at it afterwards. Deciding needs a session of just now, so no token does it. Reviewing sends
 * nothing and takes nothing back: a person's token does, a service's does not.
 */

export const breakGlassRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/break-glass',
    operationId: 'listBreakGlass',
    summary: 'What people decided alone, newest first.',
    permission: 'approvals.read',
    query: {
      ...queries.paging,
      reviewed: { schema: { type: 'boolean' }, description: 'Only those with, or without, a review.' },
    },
    answers: { 200: { description: 'A page.', schema: page(glassSchema) } },
    async handle(request, { read }) {
      const { caller, query } = request;
      const reviewed = typeof query.reviewed === 'boolean' ? query.reviewed : undefined;
      const answer = await read.listBreakGlass(caller.tenant, { reviewed }, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'post',
    path: '/v1/approvals/{id}/break-glass',
    operationId: 'breakGlass',
    summary:
      'Approve alone, in place of all who are asked. Told to everybody, and reviewed by somebody else.',
    permission: 'approvals.break-glass',
    body: {
      types: ['application/json'],
      bytesMax: 64 * kibibyte,
      required: true,
      schema: object(
        {
          digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
          reason: { type: 'string', maxLength: breakGlass.reasonLengthMax },
        },
        ['digest'],
      ),
    },
    answers: {
      200: {
        description: 'Granted. `repeated` when the same person had done it before.',
        schema: object({ id: text, state: oneOf(['granted']), repeated: flag }),
      },
    },
    async handle(request, { useCases }) {
      const { digest: sent, reason } = request.body as { digest?: string; reason: string };
      const digest = seenDigest(request.header('if-match'), sent);
      const approvalId = request.params.id as ApprovalId;
      const input = { approvalId, digest, reason };
      const { repeated } = accepted(await useCases.breakGlass(request.caller, input));
      return { status: 200, body: { id: approvalId, state: 'granted', repeated } };
    },
  },
  {
    method: 'post',
    path: '/v1/approvals/{id}/break-glass/review',
    operationId: 'reviewBreakGlass',
    summary: 'Say what you think of what somebody else decided alone. Once, for everybody.',
    permission: 'approvals.review',
    body: {
      types: ['application/json'],
      bytesMax: 64 * kibibyte,
      required: true,
      schema: object({ finding: oneOf(findings), comment: { type: 'string', maxLength: 2000 } }),
    },
    answers: {
      200: {
        description: 'Written down. `repeated` when you had said the same before.',
        schema: object({ id: text, finding: oneOf(findings), repeated: flag }),
      },
    },
    async handle({ body, params, caller }, { useCases }) {
      const { finding, comment } = body as { finding: Finding; comment: string };
      const approvalId = params.id as ApprovalId;
      const { repeated } = accepted(
        await useCases.reviewBreakGlass(caller, { approvalId, finding, comment }),
      );
      return { status: 200, body: { id: approvalId, finding, repeated } };
    },
  },
];
