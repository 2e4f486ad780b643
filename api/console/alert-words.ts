import type { AlertDetail } from '../../engine/runtime/read/read-alert.ts';
import { type Html, html } from './html.ts';
import { outward } from './links.ts';
import { severity } from './states.ts';
import { may, type View } from './view.ts';

/** How bad it is and, for those who may read values, how sure its source is. */
export function alertWeight(view: View, { severity: name, alert }: AlertDetail): Html {
  if (!may(view, 'values.read')) return severity(name);
  const { confidence, verdict } = alert;
  return html`${severity(name)}${typeof confidence === 'number' && html` · confidence ${confidence.toFixed(2)}`}${typeof verdict === 'string' && verdict !== 'unknown' && html` · ${verdict}`}`;
}

/** Where the source shows it itself; null when it does not say, or not to this person. */
export function atSource(view: View, { alert }: AlertDetail): Html | null {
  const { url } = alert;
  if (typeof url !== 'string' || url === '' || !may(view, 'values.read')) return null;
  return outward(url);
}
