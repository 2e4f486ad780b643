import { needsFreshSignIn } from '../../engine/core/approval/fresh-sign-in.ts';
import { askedAs, mayDecide, mayWithdraw, roundOf } from '../../engine/core/identity/may-decide.ts';
import { mayI, type Verdict } from '../../engine/core/identity/rights.ts';
import type { ApprovalFilter, ApprovalItem } from '../../engine/runtime/read/list-approvals.ts';
import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import { moment, pageAnswer, pageOf, queries, text, words } from '../http/list-query.ts';
import { maskApproval } from '../http/mask-approval.ts';
import { type Permissions, permissionsOf } from '../http/permissions-of.ts';
import { found } from '../http/problem.ts';
import type { Route, RouteRequest } from '../http/route.ts';
import { approvalDetailSchema, approvalItemSchema } from '../openapi/approval-schemas.ts';
import { page } from '../openapi/schema-words.ts';

const states = ['pending', 'granted', 'denied', 'expired', 'cancelled', 'superseded'];

/** A forecast, by the clock of this process; the use case says it again by that of the database. */
function mayApprove(caller: IdentifiedCaller, approval: ApprovalItem): Verdict {
  const verdict = mayDecide(caller, approval, 'approve');
  if (!verdict.allowed) return verdict;
  const signedInAtMs = caller.signedInAt === undefined ? null : Date.parse(caller.signedInAt);
  const stale = needsFreshSignIn(approval.class, { decision: 'approve' }, signedInAtMs, Date.now());
  return stale === null ? verdict : { allowed: false, code: stale.code, reason: stale.detail };
}

function decisions(caller: IdentifiedCaller, approval: ApprovalItem): Permissions & { round: number } {
  const permissions = permissionsOf({
    approve: mayApprove(caller, approval),
    deny: mayDecide(caller, approval, 'deny'),
    // Said only to those who have something to take back.
    ...(approval.voters.includes(caller.personId ?? '') && { withdraw: mayWithdraw(caller, approval) }),
  });
  return { ...permissions, round: roundOf(caller, approval) };
}

function heldOf({ budget, held }: RouteRequest['query']): ApprovalFilter['held'] {
  const by = text(budget);
  if (by !== undefined) return { by };
  return held === undefined ? undefined : held === true ? 'any' : 'none';
}

/**
 * What people have done to it so far. Each word of theirs makes another one, so no view before a decision goes untold;
 * what moves by itself does not, such as its end during a pause.
 */
function versionOf({ digest, state, votes, withdrawn, extended }: ApprovalDetail): string {
  return JSON.stringify([digest, state, votes.length, withdrawn.length, extended]);
}

export const approvalRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/approvals',
    operationId: 'listApprovals',
    summary: 'Questions to people, newest first.',
    permission: 'approvals.read',
    query: {
      ...queries.paging,
      ...queries.window,
      status: queries.oneOrMore(states, 'State.'),
      mine: {
        schema: { type: 'boolean' },
        description: 'Only what the caller may decide now.',
      },
      playbook: queries.id('Playbook.'),
      run: queries.id('Run.'),
      incident: queries.id('Incident.'),
      held: {
        schema: { type: 'boolean' },
        description: 'Only those that a budget holds, or only the others.',
      },
      budget: queries.id('Only those that this budget holds.'),
      sort: queries.sort(['createdAt', 'expiresAt']),
    },
    answers: {
      200: { description: 'A page.', schema: page(approvalItemSchema) },
    },
    async handle(request, { read }) {
      const { query, caller } = request;
      const filter = {
        status: words(query.status),
        mine: query.mine === true ? askedAs(caller) : undefined,
        playbook: text(query.playbook),
        run: text(query.run),
        incident: text(query.incident),
        held: heldOf(query),
        since: moment(query.since),
        until: moment(query.until),
        sort: text(query.sort) as 'createdAt' | undefined,
      };
      const answer = await read.listApprovals(caller.tenant, filter, pageOf(request));
      const items = answer.items.map((approval) => ({
        ...approval,
        ...decisions(caller, approval),
      }));
      return pageAnswer(request, answer, items);
    },
  },
  {
    method: 'get',
    path: '/v1/approvals/{id}',
    operationId: 'readApproval',
    summary: 'Everything the card shows. The ETag is the digest that a decision has to name.',
    permission: 'approvals.read',
    answers: {
      200: {
        description: 'The card. Values are masked for callers who may not read them.',
        schema: approvalDetailSchema,
        headers: { ETag: 'The digest, quoted.' },
      },
    },
    async handle({ caller, params }, { read }) {
      const approval = found(await read.readApproval(caller.tenant, params.id ?? ''));
      const shown = mayI(caller, 'values.read').allowed ? approval : maskApproval(approval);
      return {
        status: 200,
        body: { ...shown, ...decisions(caller, approval) },
        headers: { ETag: `"${approval.digest}"` },
      };
    },
  },
  {
    method: 'post',
    path: '/v1/approvals/{id}/views',
    operationId: 'viewedApproval',
    summary: 'Tell the others that this person has the card open. Reading it by GET never does.',
    permission: 'approvals.read',
    answers: {
      204: {
        description:
          'Noted in the audit log; the same person with the same card at once the first time, then once more within five minutes, with the number.',
      },
    },
    async handle({ caller, params }, { read, useCases, live }) {
      const approval = found(await read.readApproval(caller.tenant, params.id ?? ''));
      const approvalId = approval.id as ApprovalId;
      if (caller.personId !== null) await live.presence.note(caller.personId, approvalId);
      await useCases.viewedApproval(caller, { approvalId, version: versionOf(approval) });
      return { status: 204 };
    },
  },
];
