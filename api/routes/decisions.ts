import type { ApprovalId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { accepted } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { seenDigest } from '../http/seen-digest.ts';
import { statusOf } from '../http/status-of.ts';
import type { Refusal } from '../http/use-cases.ts';
import { flag, integer, list, map, nullable, object, oneOf, text, time } from '../openapi/schema-words.ts';

/* What people do about a question. Each names the digest of the card that was read. */

/** Few enough to be read one by one, which is what a decision is for. */
const atOnceMax = 100;

const digestField = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
/** The `round` of the question as it was read; absent: the first yes. */
const roundField = { type: 'integer', minimum: 0, maximum: 1_000_000 };
const commentField = { type: ['string', 'null'], maxLength: 2000 };
const counted = {
  id: text,
  state: oneOf(['pending', 'granted', 'denied']),
  votes: integer,
  quorum: integer,
  repeated: flag,
  stands: flag,
};

interface Decision {
  decision: 'approve' | 'deny';
  digest?: string;
  comment?: string | null;
  round?: number;
}

export const decisionRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/v1/approvals/{id}/decisions',
    operationId: 'decideApproval',
    summary: 'Approve or deny exactly what the digest names. People only.',
    permission: 'approvals.decide',
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: object(
        {
          decision: oneOf(['approve', 'deny']),
          digest: digestField,
          comment: commentField,
          round: roundField,
        },
        ['digest', 'comment', 'round'],
      ),
    },
    answers: {
      200: {
        description:
          'Counted. `repeated` when the same person had said the same before; nothing is counted then, and `stands` is false when they have taken it back since.',
        schema: object(counted),
      },
    },
    async handle(request, { useCases }) {
      const { digest: sent, comment = null, ...said } = request.body as Decision;
      const digest = seenDigest(request.header('if-match'), sent);
      const approvalId = request.params.id as ApprovalId;
      const input = { ...said, approvalId, digest, comment };
      const { ok: _, ...outcome } = accepted(await useCases.decideApproval(request.caller, input));
      return { status: 200, body: { id: approvalId, ...outcome } };
    },
  },
  {
    method: 'post',
    path: '/v1/approvals/decisions',
    operationId: 'decideApprovals',
    summary: 'Up to a hundred decisions, each judged by itself: one refusal holds up no other.',
    permission: 'approvals.decide',
    body: {
      types: ['application/json'],
      bytesMax: 512 * kibibyte,
      required: true,
      schema: object({
        decisions: {
          type: 'array',
          minItems: 1,
          maxItems: atOnceMax,
          items: object(
            {
              id: text,
              decision: oneOf(['approve', 'deny']),
              digest: digestField,
              comment: commentField,
              round: roundField,
            },
            ['comment', 'round'],
          ),
        },
      }),
    },
    answers: {
      200: {
        description: 'What became of each, in the order in which they were sent.',
        schema: object({
          items: list({
            anyOf: [
              object({ ok: { const: true }, ...counted }),
              object({ ok: { const: false }, id: text, status: integer, code: text, detail: text }),
            ],
          }),
        }),
      },
    },
    async handle({ body, caller }, { useCases }) {
      const { decisions } = body as { decisions: ListedDecision[] };
      const items: JsonObject[] = [];
      // One after the other: two about one question are then first and second, as they were sent.
      for (const { id, comment = null, ...said } of decisions) {
        const answer = await useCases.decideApproval(caller, { ...said, approvalId: id, comment });
        items.push(answer.ok ? { id, ...answer } : { id, ...refusalOf(answer) });
      }
      return { status: 200, body: { items } };
    },
  },
  {
    method: 'post',
    path: '/v1/approvals/{id}/edits',
    operationId: 'editApproval',
    summary:
      'Change arguments that the playbook lets an approver change. It is then asked anew, without the votes so far.',
    permission: 'approvals.decide',
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: object(
        { arguments: { ...map, minProperties: 1 }, digest: digestField, comment: commentField },
        ['digest', 'comment'],
      ),
    },
    answers: {
      200: {
        description:
          'Changed. `next` is the question that took its place, or null when nothing is asked for now: a guard refuses the new form, or a stop holds it.',
        schema: object({
          id: text,
          state: oneOf(['superseded']),
          next: nullable(object({ id: text, digest: text, expiresAt: time })),
        }),
      },
    },
    async handle(request, { useCases }) {
      const { arguments: values, digest: sent, comment = null } = request.body as EditBody;
      const digest = seenDigest(request.header('if-match'), sent);
      const approvalId = request.params.id as ApprovalId;
      const input = { approvalId, values, digest, comment };
      const { next } = accepted(await useCases.editApproval(request.caller, input));
      return { status: 200, body: { id: approvalId, state: 'superseded', next } };
    },
  },
  {
    method: 'post',
    path: '/v1/approvals/{id}/withdraw',
    operationId: 'withdrawApproval',
    summary: 'Take your yes back while the quorum is open. To say no instead, deny.',
    permission: 'approvals.decide',
    body: {
      types: ['application/json'],
      bytesMax: 64 * kibibyte,
      required: false,
      schema: object({ comment: commentField, round: roundField }, ['comment', 'round']),
    },
    answers: {
      200: {
        description:
          'Taken back; the votes that still stand, and the `round` that a new yes names. `repeated` when it was taken back before.',
        schema: object({
          id: text,
          state: oneOf(['pending']),
          votes: integer,
          quorum: integer,
          round: integer,
          repeated: flag,
        }),
      },
    },
    async handle(request, { useCases }) {
      const { comment = null, ...named } = (request.body ?? {}) as {
        comment?: string | null;
        round?: number;
      };
      const approvalId = request.params.id as ApprovalId;
      const input = { approvalId, comment, ...named };
      const { ok: _, ...left } = accepted(await useCases.withdrawApproval(request.caller, input));
      return { status: 200, body: { id: approvalId, state: 'pending', ...left } };
    },
  },
  {
    method: 'post',
    path: '/v1/approvals/{id}/extend',
    operationId: 'extendApproval',
    summary: 'Fifteen more minutes, once. What is asked, its digest and the votes stay.',
    permission: 'approvals.decide',
    answers: {
      200: {
        description: 'Until when it can be decided now.',
        schema: object({ id: text, expiresAt: time }),
      },
    },
    async handle(request, { useCases }) {
      const approvalId = request.params.id as ApprovalId;
      const { expiresAt } = accepted(await useCases.extendApproval(request.caller, { approvalId }));
      return { status: 200, body: { id: approvalId, expiresAt } };
    },
  },
];

interface ListedDecision {
  id: ApprovalId;
  decision: 'approve' | 'deny';
  digest: string;
  comment?: string | null;
  round?: number;
}

interface EditBody {
  arguments: JsonObject;
  digest?: string;
  comment?: string | null;
}

function refusalOf({ code, detail }: Refusal): JsonObject {
  return { ok: false, status: statusOf(code), code, detail };
}
