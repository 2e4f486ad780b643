import { relyingPartyOf } from '../../../engine/core/identity/relying-party.ts';
import type { ApprovalDetail } from '../../../engine/runtime/read/read-approval.ts';
import type { ApprovalId } from '../../../schemas/ids.ts';
import { approvalVersion } from '../approval-told.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { marked, nameData } from '../data.ts';
import { proveAgain } from '../freshness.ts';
import { hiddenField } from '../hidden-field.ts';
import { type Html, html } from '../html.ts';
import { icon } from '../icons.ts';
import { passkeyStep } from '../passkey-step.ts';
import type { Reply, View } from '../view.ts';
import { readCard } from './approval-page.ts';
import { decide, isStale, readSaid, type Said, standsInTheWay, wronglyTyped } from './decide.ts';

/**
 * Between the second step and the decision about what cannot be undone: the person's key signs this question with
 * these terms. Records nothing; its answer goes to the decision, together with what was said before.
 */
export async function proveDecision(view: View, asked: Asked): Promise<Reply> {
  const { id, form } = asked;
  const approval = await readCard(view, id);
  const said = readSaid(form);
  const party = relyingPartyOf(view.deps.publicUrl);
  const { personId } = view.caller;
  if (said.decision === 'deny' || !view.hasPasskey || party === null || personId === null)
    return decide(view, asked);
  const wrong = (await standsInTheWay(view, approval, said)) ?? wronglyTyped(view, approval, said);
  if (wrong !== null) return wrong;
  const purpose = { kind: 'approve', personId, approvalId: id as ApprovalId, digest: said.digest } as const;
  return passkeyStep({
    title: 'Sign it with your passkey',
    section: 'actions',
    lead: html`<div data-question="${id}" data-version="${approvalVersion(view, approval)}">${terms(approval)}</div>`,
    lookAt: `/a/${encodeURIComponent(id)}`,
    readAgain: view.to(`/a/${encodeURIComponent(id)}/confirm`),
    ask: 'get',
    options: await view.deps.identity.askForPasskey(purpose, view.csrf, party),
    action: view.to(`/a/${encodeURIComponent(id)}/decisions`),
    fields: fields(view, said),
    otherwise: without(view, approval, said),
  });
}

/** What the key signs, in the words of the card. */
function terms({ card, digest }: ApprovalDetail): Html {
  const targets = card.targets.slice(0, targetsShown).map(({ name, id }) => nameData(name ?? id));
  const more = card.targets.length - targets.length;
  return html`<p><strong>${marked(card.question)}</strong></p>
<p>${marked(card.happens)} ${card.reversible ? 'It can be undone.' : 'It cannot be undone.'}</p>
<p>${targets.map((target, n) => html`${n > 0 && ', '}${target}`)}${more > 0 && ` and ${more} more`}</p>
<p class="small">Your passkey signs exactly this: <code class="wrap">${digest}</code></p>`;
}

const targetsShown = 10;

function fields(view: View, { decision, digest, round, draft }: Said): Html {
  return html`${csrfField(view)}${hiddenField('decision', decision)}${hiddenField('digest', digest)}${hiddenField('round', String(round))}${hiddenField('confirmed', 'yes')}${hiddenField('comment', draft.comment)}${hiddenField('typed', draft.typed)}`;
}

/** Nobody is kept out because their key lies at home: a sign-in of just now is a proof as well. */
function without(view: View, approval: ApprovalDetail, said: Said): Html {
  const at = view.to(`/a/${encodeURIComponent(approval.id)}`);
  const back = html`<p><a href="${at}">${icon('back')}Back without deciding</a></p>`;
  if (isStale(view, approval))
    return html`<p>Without your passkey:</p>${proveAgain(view, `/a/${encodeURIComponent(approval.id)}`, false)}${back}`;
  return html`<form method="post" action="${at}/decisions">${fields(view, said)}<p>You signed in within the last five minutes, which is enough: <button>Approve without the passkey</button></p></form>${back}`;
}
