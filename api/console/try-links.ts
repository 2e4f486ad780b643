import { type Html, html } from './html.ts';
import { may, type View } from './view.ts';

/** From a playbook to what it would do, for those who may see that. */
export function tryLinks(view: View, id: string): Html | null {
  const path = view.to(`/playbooks/${encodeURIComponent(id)}`);
  if (!may(view, 'values.read')) return null;
  return html`<p><a href="${`${path}/plan`}">Try it on an alert</a>${may(view, 'playbooks.check') && html` · <a href="${`${path}/backtest`}">What would it have done?</a>`}</p>`;
}
