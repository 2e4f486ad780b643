import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import { entryList, visibleEntries } from './entry-list.ts';
import { parseEntry } from './entry-words.ts';
import { type Html, html } from './html.ts';
import type { RunAddress } from './run-tabs.ts';
import { may, type View } from './view.ts';

const shownMax = 100;

/**
 * What the log says of a run, or of the step that somebody chose. Reading the log is written down for those who ask,
 * so a page does not do it by itself: an open one keeps those of when it was opened.
 */
export async function runEntries(view: View, run: RunDetail, at: RunAddress): Promise<Html | null> {
  const title = at.step === null ? 'Entries' : 'Entries of this step';
  if (view.look)
    return may(view, 'audit.read-own')
      ? html`<section data-keep><h2>${title}</h2></section><p class="small dim">The entries are those of when you opened the page. <a href="${at.step === null ? at.toView('steps') : at.toStep(at.step)}">Read them as they are now</a></p>`
      : null;
  const entries = await visibleEntries(view, { run: run.id }, { limit: shownMax }, 'runPage');
  if (entries === null) return null;
  const items =
    at.step === null
      ? entries.items
      : entries.items.filter(({ entry }) => parseEntry(entry).step === at.step);
  const all = view.to(`/audit?run=${encodeURIComponent(run.id)}`);
  return html`<section data-keep><h2>${title}</h2>${items.length === 0 ? html`<p class="dim">None in the log yet, or none that you may see.</p>` : await entryList(view, items)}${entries.next !== null && html`<p>${at.step !== null && `Looked for in the first ${shownMax} of the run. `}<a href="${all}">All entries of this run</a></p>`}</section>`;
}
