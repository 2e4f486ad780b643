import type { ApprovalId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { statusOf } from '../http/status-of.ts';
import { flag, integer, list, object, oneOf, page, text, time } from '../openapi/schema-words.ts';

/* A budget that is used up is one request to people, however many actions it holds back. */

/** As many as one page of the list has room for, five times: a wave is looked at in parts. */
const atOnceMax = 1_000;

interface Word {
  budget: string;
  decision: 'approve' | 'deny';
  comment?: string | null;
  approvals: { id: ApprovalId; digest: string; round?: number }[];
}

export const heldRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/held',
    operationId: 'listHeld',
    summary:
      'Budgets that are used up, and rules of the guardrails that ask about several, each with how much waits for it: one request, however many questions.',
    permission: 'approvals.read',
    query: queries.paging,
    answers: {
      200: {
        description:
          'A page, the one that expires first on top. `targets`, `actions` and `playbooks` are of the oldest thousand that wait; `GET /v1/approvals?budget=` lists what waits.',
        schema: page(
          object({
            budget: text,
            kind: oneOf(['budget', 'rule']),
            reason: text,
            waiting: integer,
            targets: integer,
            actions: list(text),
            playbooks: list(text),
            since: time,
            expiresAt: time,
          }),
        ),
      },
    },
    async handle(request, { read }) {
      const answer = await read.listHeld(request.caller.tenant, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'post',
    path: '/v1/held/decisions',
    operationId: 'decideHeld',
    summary:
      'One word about some of what a budget holds, each with the digest that was read. Exactly those go out.',
    permission: 'approvals.decide',
    body: {
      types: ['application/json'],
      bytesMax: 512 * kibibyte,
      required: true,
      schema: object(
        {
          budget: { type: 'string', minLength: 1, maxLength: 300 },
          decision: oneOf(['approve', 'deny']),
          comment: { type: ['string', 'null'], maxLength: 2000 },
          approvals: {
            type: 'array',
            minItems: 1,
            maxItems: atOnceMax,
            items: object(
              {
                id: text,
                digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
                round: { type: 'integer', minimum: 0, maximum: 1_000_000 },
              },
              ['round'],
            ),
          },
        },
        ['comment'],
      ),
    },
    answers: {
      200: {
        description: 'What became of each, in the order in which they were named.',
        schema: object({
          items: list({
            anyOf: [
              object({
                ok: { const: true },
                id: text,
                state: oneOf(['pending', 'granted', 'denied']),
                votes: integer,
                quorum: integer,
                repeated: flag,
                stands: flag,
              }),
              object({ ok: { const: false }, id: text, status: integer, code: text, detail: text }),
            ],
          }),
        }),
      },
    },
    async handle({ body, caller }, { useCases }) {
      const { comment = null, ...word } = body as Word;
      const answers = await useCases.decideHeld(caller, { ...word, comment });
      const items = answers.map(
        (each): JsonObject => (each.ok ? { ...each } : { ...each, status: statusOf(each.code) }),
      );
      return { status: 200, body: { items } };
    },
  },
];
