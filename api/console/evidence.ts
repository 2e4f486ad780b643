import type { Subject } from '../evidence/bundle-files.ts';
import { type Html, html } from './html.ts';
import { may, type View } from './view.ts';

/** For those who may read the whole log. Taking it is an entry, so the link says what it does. */
export function evidence(view: View, { kind, id }: Subject): Html | false {
  if (!may(view, 'audit.read')) return false;
  const address = view.to(`/v1/${kind}s/${encodeURIComponent(id)}/evidence`);
  return html`<section><h2>Evidence</h2><p>Its entries of the audit log with their proofs, and a program that checks them without this server. That you took it is an entry as well.</p>
<p><a class="button" href="${address}" download>Take the evidence (tar)</a></p>
<p class="small">Or on the command line, which brings a program of its own: <code class="wrap">riposte audit bundle --${kind} ${id} --out evidence</code></p></section>`;
}
