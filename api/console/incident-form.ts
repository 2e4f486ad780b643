import type { IncidentItem } from '../../engine/runtime/read/list-incidents.ts';
import { Problem } from '../http/problem.ts';
import { csrfField } from './csrf.ts';
import { exact, type Html, html } from './html.ts';
import { statusWords, verdictWords } from './incident-words.ts';
import type { Form } from './read-form.ts';
import type { View } from './view.ts';

/* A person's word on an incident: status, verdict and owner, with the version that they saw. */

export interface IncidentWord {
  version: number;
  change: { status: string; classification: string; owner: string };
}

/** @throws Problem request/invalid */
export function readIncidentWord(form: Form): IncidentWord {
  const [status, classification, version] = [form('status'), form('classification'), form('version')];
  const owner = (form('owner') ?? '').trim();
  const offered = (words: typeof statusWords, word: string) => words.some(([each]) => each === word);
  if (status === undefined || !offered(statusWords, status) || !/^\d{1,9}$/.test(version ?? ''))
    throw new Problem('request/invalid', 'The form does not say what the incident is to be.');
  if (classification === undefined || !offered(verdictWords, classification))
    throw new Problem('request/invalid', 'There is no such verdict.');
  if (owner.length > 256)
    throw new Problem('request/invalid', 'The name of an owner has at most 256 characters.');
  return { version: Number(version), change: { status, classification, owner } };
}

/** @param wrong why the word before was not taken; the fields then show how it is now */
export function incidentForm(view: View, incident: IncidentItem, wrong: string | null): Html {
  const { status, classification, owner, version, id } = incident;
  return html`<details class="change"${wrong !== null && html` open`}><summary>Change state, verdict or owner</summary>
${wrong !== null && html`<p class="field-error" role="alert">${wrong}</p>`}
<form class="filter" method="post" action="${view.to(`/incidents/${encodeURIComponent(id)}`)}">${csrfField(view)}<input type="hidden" name="version" value="${version}">
${select('status', 'State', statusWords, status)}${select('classification', 'Verdict', verdictWords, classification ?? 'unknown')}
<label>Owner (empty: nobody)<input name="owner" value="${exact(owner ?? '')}" maxlength="256" autocomplete="off"></label><button>Change it</button></form>
<p class="small dim">Playbooks that wait for a verdict or a state go on with it; one may give back what it contained.</p></details>`;
}

function select(name: string, label: string, words: typeof statusWords, now: string): Html {
  return html`<label>${label}<select name="${name}">${words.map(
    ([value, word]) => html`<option value="${value}"${value === now && html` selected`}>${word}</option>`,
  )}</select></label>`;
}
