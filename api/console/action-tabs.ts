import { type Html, html } from './html.ts';
import type { View } from './view.ts';

export type ActionTab = 'pending' | 'unknown' | 'progress' | 'contained' | 'trouble' | 'history';

const tabs: readonly { id: ActionTab; path: string; word: string }[] = [
  { id: 'pending', path: '/actions', word: 'Pending' },
  { id: 'unknown', path: '/actions?tab=unknown', word: 'Unknown' },
  { id: 'progress', path: '/actions?tab=progress', word: 'In progress' },
  { id: 'contained', path: '/contained', word: 'Contained now' },
  { id: 'trouble', path: '/undo', word: 'Undo trouble' },
  { id: 'history', path: '/actions?tab=history', word: 'History' },
];

/** The pages of the action center: what waits, what is done, what stands, what could not be taken back. */
export function actionTabs(view: View, tab: ActionTab): Html {
  return html`<nav class="tabs" aria-label="Action center"><ul>${tabs.map(
    ({ id, path, word }) =>
      html`<li><a href="${view.to(path)}"${id === tab && html` aria-current="page"`}>${word}</a></li>`,
  )}</ul></nav>`;
}
