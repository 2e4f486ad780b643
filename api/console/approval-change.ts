import { choicesOf, showArgument } from '../../engine/core/approval/read-argument.ts';
import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { forecast } from './approval-bar.ts';
import { csrfField } from './csrf.ts';
import { exact, type Html, html } from './html.ts';
import type { View } from './view.ts';

/** What the person wrote into the fields, by argument; given back when it was not taken. */
export interface ChangeDraft {
  typed: { readonly [name: string]: string };
  comment: string;
}

/**
 * What can be done with an open question besides deciding: change what the playbook lets an approver
 * change, and ask for more time. Each is a form of its own, so that no key meant for a decision presses it.
 */
export function changeForms(view: View, approval: ApprovalDetail, draft: ChangeDraft | null): Html | null {
  // Whoever has voted may still see that what they said yes to is wrong.
  const open = forecast(view, { ...approval, voters: [] }, 'deny').allowed;
  if (!open) return null;
  const { editable } = approval.card;
  return html`<section class="change">${editable.length > 0 && changeForm(view, approval, draft)}${!approval.extended && extendForm(view, approval)}</section>`;
}

function changeForm(view: View, approval: ApprovalDetail, draft: ChangeDraft | null): Html {
  const at = view.to(`/a/${approval.id}`);
  return html`<details${draft !== null && html` open`}><summary>Change before deciding</summary>
<form method="post" action="${at}/edits">${csrfField(view)}<input type="hidden" name="digest" value="${exact(approval.digest)}">
<p class="small">What you change is asked anew, and no vote given so far counts for it.</p>
${approval.card.editable.map(({ name, schema }) => field(name, schema, draft?.typed[name] ?? shownValue(approval, name, schema)))}
<label for="change-why">Why</label>
<textarea id="change-why" name="comment" rows="1" maxlength="2000">
${exact(draft?.comment ?? '')}</textarea>
<button>Change and ask again</button></form></details>`;
}

/** As the field shows it, so that what nobody touched is not sent as a change. */
export function shownValue({ card }: ApprovalDetail, name: string, schema: JsonObject): string {
  return showArgument(schema, card.arguments.find((argument) => argument.name === name)?.value);
}

function field(name: string, schema: JsonObject, typed: string): Html {
  const choices = choicesOf(schema);
  const label = html`<label for="change-${name}"><code>${name}</code></label>`;
  if (choices !== null) {
    const absent = typed === '' && html`<option value="" selected>not given</option>`;
    return html`${label}<select id="change-${name}" name="set.${name}">${absent}${choices.map((choice) => option(schema, choice, typed))}</select>`;
  }
  // A text area, because Enter in a line of text would press the button.
  return html`${label}<textarea id="change-${name}" name="set.${name}" rows="1" spellcheck="false">
${exact(typed)}</textarea>`;
}

function option(schema: JsonObject, choice: Json, typed: string): Html {
  const text = showArgument(schema, choice);
  return html`<option value="${exact(text)}"${text === typed && html` selected`}>${text}</option>`;
}

function extendForm(view: View, { id }: ApprovalDetail): Html {
  return html`<form method="post" action="${view.to(`/a/${id}/extend`)}">${csrfField(view)}<button>Ask for 15 more minutes</button> <span class="small dim">Once per question.</span></form>`;
}
