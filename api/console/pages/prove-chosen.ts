import { digestOfWords } from '../../../engine/core/approval/signed-words.ts';
import { relyingPartyOf } from '../../../engine/core/identity/relying-party.ts';
import { wordsOf } from '../approval-proof.ts';
import { approvalVersion } from '../approval-told.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { proveAgain } from '../freshness.ts';
import { hiddenField } from '../hidden-field.ts';
import { type Html, html } from '../html.ts';
import { icon } from '../icons.ts';
import { passkeyStep } from '../passkey-step.ts';
import { pickName, picksAddress } from '../picks.ts';
import type { Reply, View } from '../view.ts';
import { again, type Chosen, decideChosen, readChosen } from './chosen-page.ts';
import { isStale } from './decide.ts';

const changed = 'One of them changed since you opened the page. Read them again, then decide.';

/**
 * Between ticking several and deciding them, when one of them cannot be undone: the person's key signs the list of all
 * that are ticked, with one touch. Records nothing.
 */
export async function proveChosen(view: View, asked: Asked): Promise<Reply> {
  const party = relyingPartyOf(view.deps.publicUrl);
  const { personId } = view.caller;
  const chosen = await readChosen(view, asked.form);
  if (!('picks' in chosen)) return chosen;
  const lasting = chosen.approvals.filter(({ card }) => card.class === 'eradicate');
  if (chosen.decision === 'deny' || lasting.length === 0) return decideChosen(view, asked);
  if (!view.hasPasskey || party === null || personId === null) return decideChosen(view, asked);
  const shown = new Map(chosen.approvals.map((approval) => [approval.id, approval.digest]));
  if (chosen.picks.some(({ id, digest }) => shown.get(id) !== digest))
    return again(view, chosen, 'approval/digest-mismatch', changed);
  const digest = digestOfWords(wordsOf(chosen.picks));
  const stale = lasting.some((approval) => isStale(view, approval));
  return passkeyStep({
    title: 'Sign them with your passkey',
    section: 'actions',
    lead: terms(view, chosen, digest),
    lookAt: picksAddress(chosen.approvals.map(({ id }) => id)),
    readAgain: view.to('/actions/chosen'),
    ask: 'get',
    options: await view.deps.identity.askForPasskey({ kind: 'together', personId, digest }, view.csrf, party),
    action: view.to('/actions/decisions'),
    fields: fields(view, chosen),
    otherwise: without(view, chosen, stale),
  });
}

function terms(view: View, { approvals }: Chosen, digest: string): Html {
  return html`<p>You approve ${approvals.length === 1 ? 'one question' : `${approvals.length} questions`} with it:</p>
<ol class="questions">${approvals.map(
    (approval) =>
      html`<li class="${approval.card.class}" data-question="${approval.id}" data-version="${approvalVersion(view, approval)}"><p><strong>${marked(approval.card.question)}</strong> ${approval.card.reversible ? 'It can be undone.' : 'It cannot be undone.'}</p><p class="small"><code class="wrap">${approval.digest}</code></p></li>`,
  )}</ol>
<p class="small">Your passkey signs the list of exactly these: <code class="wrap">${digest}</code></p>`;
}

function fields(view: View, { picks, draft }: Chosen): Html {
  return html`${csrfField(view)}${hiddenField('decision', 'approve')}${picks.map(({ id, digest, round }, n) =>
    hiddenField(pickName(n), `${id} ${digest}${round > 0 ? ` ${round}` : ''}`),
  )}${hiddenField('comment', draft.comment)}${hiddenField('typed', draft.typed)}`;
}

/** Nobody is kept out because their key lies at home. */
function without(view: View, chosen: Chosen, stale: boolean): Html {
  const back = html`<p><a href="${view.to('/actions')}">${icon('back')}Back without deciding</a></p>`;
  if (stale) return html`<p>Without your passkey:</p>${proveAgain(view, '/actions', false)}${back}`;
  return html`<form method="post" action="${view.to('/actions/decisions')}">${fields(view, chosen)}<p>You signed in within the last five minutes, which is enough: <button>Approve without the passkey</button></p></form>${back}`;
}
