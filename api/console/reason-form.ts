import { Problem } from '../http/problem.ts';
import { csrfField } from './csrf.ts';
import { exact, type Html, html } from './html.ts';
import type { View } from './view.ts';

/** What somebody wrote as a reason, and what was wrong with it. */
export interface ReasonDraft {
  reason: string;
  wrong: string | null;
  status: number;
}

export const blankReason: ReasonDraft = { reason: '', wrong: null, status: 200 };

/** @throws Problem request/invalid */
export function reasonOf(written: string | undefined): string {
  const reason = (written ?? '').trim();
  if (reason.length > 1000) throw new Problem('request/invalid', 'A reason has at most 1,000 characters.');
  return reason;
}

/**
 * One button that does nothing without a reason.
 * @param wanted.label of the field; a page may have several
 * @param wanted.id of the field, once on the page
 */
export function reasonForm(
  view: View,
  wanted: { path: string; word: string; label: string; id: string; hidden?: Html | undefined },
  { reason, wrong }: ReasonDraft,
): Html {
  const { path, word, label, id, hidden } = wanted;
  return html`<form class="confirm" method="post" action="${view.to(path)}"><button disabled hidden></button>${csrfField(view)}${hidden}
<div class="fields"><label for="${id}">${label} (required)</label>
${wrong !== null && html`<p class="field-error" id="${id}-error" role="alert">${wrong}</p>`}
<textarea id="${id}" name="reason" rows="1" maxlength="1000" required${wrong !== null && html` aria-invalid="true" aria-describedby="${id}-error"`}>
${exact(reason)}</textarea></div>
<div class="choice"><button class="act">${word}</button></div></form>`;
}
