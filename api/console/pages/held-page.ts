import { mayDecide, roundOf } from '../../../engine/core/identity/may-decide.ts';
import type { ApprovalItem } from '../../../engine/runtime/read/list-approvals.ts';
import type { ApprovalId } from '../../../schemas/ids.ts';
import { Problem } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { proveAgain } from '../freshness.ts';
import { heldAddress, heldBecause } from '../held-list.ts';
import { exact, type Html, html } from '../html.ts';
import { runLink, targetList } from '../links.ts';
import { table } from '../table.ts';
import { expiry } from '../times.ts';
import { versionOf } from '../version-of.ts';
import type { PageReply, Reply, View } from '../view.ts';

/** What a form can carry back with its digests, and about what somebody reads of a list. */
const shownMax = 150;

/** What one budget holds back, the oldest first, and one form for as many of them as somebody names. */
export function heldPage(view: View, { query }: Asked): Promise<PageReply> {
  return page(view, query('budget') ?? '', { comment: '', wrong: null, notice: null, status: 200 });
}

/** Exactly the first ones of the list that was shown, with the digests of that moment. */
export async function decideHeld(view: View, { form }: Asked): Promise<Reply> {
  const budget = form('budget') ?? '';
  const decision = form('decision');
  if (decision !== 'approve' && decision !== 'deny') {
    throw new Problem('request/invalid', 'The form does not say approve or deny. Nothing was recorded.');
  }
  const comment = (form('comment') ?? '').replaceAll('\r\n', '\n').trim();
  if (comment.length > 2000) throw new Problem('request/invalid', 'A comment has at most 2,000 characters.');
  const shown = readShown(form('shown') ?? '');
  const count = Number(form('count') ?? '');
  if (!Number.isInteger(count) || count < 1 || count > shown.length) {
    const wrong = `Type how many of the list, from its top: 1 to ${shown.length}.`;
    return page(view, budget, { comment, wrong, notice: null, status: 422 });
  }
  const wanted = shown.slice(0, count).filter((each) => each !== null);
  if (wanted.length === 0) {
    const wrong = 'None of these waits any more. Nothing was recorded.';
    return page(view, budget, { comment, wrong, notice: null, status: 422 });
  }
  const answers = await view.deps.useCases.decideHeld(view.caller, {
    budget,
    decision,
    comment: comment === '' ? null : comment,
    approvals: wanted,
  });
  const refused = answers.filter((each) => !each.ok);
  const [first] = refused;
  if (first === undefined || first.ok) return { redirect: `/held?budget=${encodeURIComponent(budget)}` };
  const stale = refused.some((each) => !each.ok && each.code === 'auth/fresh-sign-in');
  const notice = html`<p><strong>${answers.length - refused.length} counted, ${refused.length} did not: ${first.detail}</strong></p>${stale && proveAgain(view, '/held')}`;
  return page(view, budget, { comment, wrong: null, notice, status: 409 });
}

/**
 * Null stands where one was that an open page saw decided or changed: the others keep their numbers.
 *
 * @throws Problem request/invalid
 */
function readShown(text: string): ({ id: ApprovalId; digest: string; round?: number } | null)[] {
  const lines = text === '' ? [] : text.split(' ');
  if (lines.length > shownMax)
    throw new Problem('request/invalid', 'The form names more than the page shows.');
  return lines.map((line) => {
    if (line === '-') return null;
    const [id = '', digest = '', round = '0'] = line.split('=');
    if (!/^[a-z0-9_]{1,64}$/i.test(id) || !/^[0-9a-f]{64}$/.test(digest) || !/^[0-9]{1,6}$/.test(round))
      throw new Problem('request/invalid', 'The form does not name what was shown. Nothing was recorded.');
    const seen = { id: id as ApprovalId, digest: `sha256:${digest}` };
    return round === '0' ? seen : { ...seen, round: Number(round) };
  });
}

interface Draft {
  comment: string;
  wrong: string | null;
  notice: Html | null;
  status: number;
}

async function page(view: View, budget: string, draft: Draft): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const held = await read.readHeld(tenant, budget);
  const filter = { held: { by: budget }, status: ['pending'], sort: 'createdAt' as const };
  const { items } = await read.listApprovals(tenant, filter, { limit: shownMax });
  if (held === null) {
    return {
      status: draft.status,
      title: 'Nothing is held',
      section: 'actions',
      content: html`${noticeOf(draft)}<h1>Nothing waits for this budget</h1><p>It was decided, or its time is over. <a href="${view.to('/actions')}">Action center</a></p>`,
    };
  }
  return {
    status: draft.status,
    title: `${held.waiting} held by ${budget}`,
    section: 'actions',
    live: ['approvals'],
    lookAt: `/held?budget=${encodeURIComponent(budget)}`,
    content: html`<article data-keep><header><h1>${held.waiting} ${held.waiting === 1 ? 'action waits' : 'actions wait'}: ${marked(held.reason)}</h1>
<p>${heldBecause(held)}. Nothing of this goes out without a yes; those nobody decides are a no. The first one: ${expiry({ ...held, standsStill: view.pause.active }, view.nowMs)}.</p></header>
${noticeOf(draft)}
${list(view, items)}
${held.waiting > items.length && html`<p>The oldest ${items.length} are shown; the others follow when these are decided.</p>`}
${form(view, budget, items, draft)}</article>`,
  };
}

function noticeOf({ notice }: Draft): Html | null {
  if (notice === null) return null;
  return html`<div class="notice warn" role="alert" tabindex="-1" autofocus>${notice}</div>`;
}

function list(view: View, items: readonly ApprovalItem[]): Html {
  return table<ApprovalItem>(
    'What waits',
    [
      { head: 'No.', cell: (item) => String(items.indexOf(item) + 1) },
      {
        head: 'Question',
        cell: (item) => html`<a href="${view.to(`/a/${item.id}`)}">${marked(item.question)}</a>`,
      },
      { head: 'Target', cell: (item) => targetList(item.targets) },
      { head: 'Votes', cell: (item) => `${item.approvals} of ${item.quorum}` },
      { head: 'Way back', cell: (item) => (item.reversible ? 'Can be taken back' : 'Cannot be taken back') },
      { head: 'Expires', cell: (item) => expiry(item, view.nowMs) },
      { head: 'Run', cell: (item) => runLink(view, item.run.id) },
    ],
    items,
    undefined,
    (item) =>
      html` data-question="${item.id}" data-version="${versionOf([item.digest, item.approvals, item.voters])}"`,
  );
}

function form(view: View, budget: string, items: readonly ApprovalItem[], { comment, wrong }: Draft): Html {
  const verdicts = items.map((item) => mayDecide(view.caller, item, 'deny'));
  const [first] = verdicts;
  if (first !== undefined && verdicts.every((each) => !each.allowed)) {
    return html`<p>You cannot decide these: ${first.allowed ? '' : first.reason}</p>`;
  }
  const shown = items
    .map((item) => `${item.id}=${item.digest.replace('sha256:', '')}=${roundOf(view.caller, item)}`)
    .join(' ');
  return html`<form class="confirm" method="post" action="${view.to('/held')}"><button disabled hidden></button>${csrfField(view)}
<input type="hidden" name="budget" value="${exact(budget)}"><input type="hidden" name="shown" value="${exact(shown)}">
<div class="fields"><label for="count">How many of the list, from its top</label>
${wrong !== null && html`<p class="field-error" id="count-error" role="alert">${wrong}</p>`}
<p class="small" role="status" data-ticked="open" hidden><b data-fill></b> of the list still wait.</p>
<input id="count" name="count" inputmode="numeric" autocomplete="off" maxlength="4" required${wrong !== null && html` aria-invalid="true" aria-describedby="count-error"`}>
<label for="comment">Comment</label><textarea id="comment" name="comment" rows="1" maxlength="2000">
${exact(comment)}</textarea></div>
<div class="choice"><button class="danger" name="decision" value="deny" data-shortcut="d">Deny these</button><button class="act" name="decision" value="approve" data-shortcut="a">Approve these</button><a class="button" href="${heldAddress(view, budget)}">Look again</a></div></form>`;
}
