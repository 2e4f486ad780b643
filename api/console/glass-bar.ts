import { marked } from './data.ts';
import { type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { approvalLink } from './links.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/** The newest ones; a longer bar would hide the page that it stands on. */
export const glassShown = 5;

/** On every page of those who answer for it, until somebody has looked: what was decided alone, who may soon. */
export function glassBar(view: View): Html | null {
  const { unreviewed, newHolders } = view.glass;
  if (unreviewed.length === 0 && newHolders.length === 0) return null;
  return html`<section class="stopped glass" aria-label="Break-glass">${unreviewed
    .slice(0, glassShown)
    .map(
      (item) =>
        html`<p>${icon('warn')}<strong>${item.by.name} decided alone</strong> ${moment(item.at, view.nowMs)}: ${marked(item.question)} ${approvalLink(view, item.approvalId, 'Review it')}</p>`,
    )}${unreviewed.length > glassShown && html`<p>And more that nobody has reviewed: <code>GET /v1/break-glass?reviewed=false</code> lists all.</p>`}${newHolders.map(
    ({ name, countsFrom }) =>
      html`<p>${icon('warn')}<strong>${name} may decide alone</strong> soon: the role break-glass was given to them and counts ${moment(countsFrom, view.nowMs)}.</p>`,
  )}</section>`;
}
