import { csrfField } from './csrf.ts';
import { exact, type Html, html } from './html.ts';
import type { ReasonDraft } from './reason-form.ts';
import type { View } from './view.ts';

export interface OrderButton {
  name: string;
  value: string;
  word: string;
  shortcut?: string;
}

/** Fixed to the lower edge of a page that says what follows: a reason, and the buttons that order it. */
export function orderBar(
  view: View,
  { at, path, draft, hidden }: { at: string; path: string; draft: ReasonDraft; hidden?: Html },
  buttons: readonly OrderButton[],
): Html {
  const { reason, wrong } = draft;
  return html`<form class="bar confirm" method="post" action="${view.to(path)}"><button disabled hidden></button>${csrfField(view)}${hidden}
<div class="fields"><label for="reason">Reason (required)</label>
${wrong !== null && html`<p class="field-error" id="reason-error" role="alert">${wrong}</p>`}
<textarea id="reason" name="reason" rows="1" maxlength="1000" required${wrong !== null && html` aria-invalid="true" aria-describedby="reason-error"`}>
${exact(reason)}</textarea></div>
<div class="choice">${buttons.map(({ name, value, word, shortcut }) => html`<button class="act" name="${name}" value="${value}"${shortcut !== undefined && html` data-shortcut="${shortcut}"`}>${word}</button>`)}<a class="button" href="${view.to(at)}">Back</a></div></form>`;
}
