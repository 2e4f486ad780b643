import type { Json, JsonObject } from '../../schemas/json.ts';
import { jsonData } from './data.ts';
import { type Html, html } from './html.ts';

/** What a read action last saw of a target. Its name stands beside it already. */
export function factList(known: JsonObject): Html {
  const shown = Object.entries(known).filter(
    ([name, value]) => name !== 'name' && value !== null && value !== '',
  );
  return html`<ul class="facts">${shown.map(([name, value]) => html`<li><span class="dim">${name}</span> ${weighty(name, value) ? html`<strong class="chip critical">${jsonData(value)}</strong>` : jsonData(plainList(value))}</li>`)}</ul>`;
}

/** Tags read better as words than as JSON. */
function plainList(value: Json): Json {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.join(', ') : value;
}

/** What a yes is most often regretted for is not read over. */
function weighty(name: string, value: Json): boolean {
  return name === 'criticality' && (value === 'critical' || value === 'high');
}
