import { freshSignInMs } from '../../../engine/core/approval/fresh-sign-in.ts';
import { breakGlass } from '../../../engine/core/approval/judge-break-glass.ts';
import { digestOfWords } from '../../../engine/core/approval/signed-words.ts';
import { relyingPartyOf } from '../../../engine/core/identity/relying-party.ts';
import { glassWordOf } from '../approval-proof.ts';
import { approvalVersion } from '../approval-told.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { data, marked } from '../data.ts';
import { proveAgain } from '../freshness.ts';
import { hiddenField } from '../hidden-field.ts';
import { type Html, html } from '../html.ts';
import { icon } from '../icons.ts';
import { passkeyStep } from '../passkey-step.ts';
import type { Reply, View } from '../view.ts';
import { readCard } from './approval-page.ts';
import { decideAlone, readAlone } from './break-glass.ts';

/** Who decides alone signs what they decide and why with their key. Records nothing. */
export async function proveAlone(view: View, asked: Asked): Promise<Reply> {
  const approval = await readCard(view, asked.id);
  const { digest, draft, wrong } = readAlone(approval, asked.form);
  const party = relyingPartyOf(view.deps.publicUrl);
  const { personId } = view.caller;
  const tooShort = draft.reason.trim().length < breakGlass.reasonLengthMin;
  const unsaid = wrong !== null || tooShort || digest !== approval.digest;
  // What is wrong is the use case's to refuse: it writes the attempt down.
  if (unsaid || !view.hasPasskey || party === null || personId === null) return decideAlone(view, asked);
  const list = digestOfWords([glassWordOf(asked.id, digest, draft.reason)]);
  const at = `/a/${encodeURIComponent(asked.id)}`;
  const fields = html`${csrfField(view)}${hiddenField('digest', digest)}${hiddenField('reason', draft.reason)}${hiddenField('typed', draft.typed)}`;
  return passkeyStep({
    title: 'Sign with your passkey that you decide alone',
    section: 'actions',
    lookAt: at,
    lead: html`<div data-question="${asked.id}" data-version="${approvalVersion(view, approval)}"><p><strong>${marked(approval.card.question)}</strong></p></div><p>${marked(approval.card.happens)}</p>
<p>Why it cannot wait: ${data(draft.reason.trim())}</p>
<p class="small">Your passkey signs exactly this question and this reason: <code class="wrap">${list}</code></p>`,
    ask: 'get',
    options: await view.deps.identity.askForPasskey(
      { kind: 'together', personId, digest: list },
      view.csrf,
      party,
    ),
    action: view.to(`${at}/break-glass`),
    fields,
    otherwise: without(view, at, fields),
  });
}

function without(view: View, at: string, fields: Html): Html {
  const back = html`<p><a href="${view.to(at)}">${icon('back')}Back without deciding</a></p>`;
  const { signedInAtMs } = view;
  if (signedInAtMs === null || view.nowMs - signedInAtMs > freshSignInMs)
    return html`<p>Without your passkey:</p>${proveAgain(view, at, false)}${back}`;
  return html`<form method="post" action="${view.to(`${at}/break-glass`)}">${fields}<p>You signed in within the last five minutes, which is enough: <button class="danger">Approve alone without the passkey</button></p></form>${back}`;
}
