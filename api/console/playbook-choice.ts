import { type Html, html } from './html.ts';
import type { Form } from './read-form.ts';
import { addressWith } from './table.ts';
import type { View } from './view.ts';

/*
 * One playbook out of thousands, without a list of all of them and without scripts: an id, or some letters of a
 * title. What fits several is asked back, as links.
 */

/** What a person reads in a list of offers. */
const offersMax = 20;

interface Choice {
  /** Undefined: nothing was chosen, or it is not clear what. */
  id: string | undefined;
  typed: string | undefined;
  /** What fits, or the first there are. */
  offers: { id: string; title: string }[];
}

export async function choosePlaybook({ deps }: View, given: string | undefined): Promise<Choice> {
  const { read, tenant } = deps;
  const typed = given?.trim().slice(0, 200);
  if (typed === undefined || typed === '')
    return {
      id: undefined,
      typed: undefined,
      offers: await read.namePlaybooks(tenant, undefined, offersMax),
    };
  const [named, offers] = await Promise.all([
    read.namePlaybook(tenant, typed),
    read.namePlaybooks(tenant, typed, offersMax),
  ]);
  if (named !== null)
    return { id: named.id, typed, offers: [named, ...offers.filter(({ id }) => id !== named.id)] };
  const [only] = offers;
  return { id: offers.length === 1 ? only?.id : undefined, typed, offers };
}

/** Asks back when what was typed is not one playbook. */
export function whichPlaybook(
  path: string,
  query: Form,
  kept: readonly string[],
  { id, typed, offers }: Choice,
): Html | null {
  if (typed === undefined || id !== undefined) return null;
  if (offers.length === 0)
    return html`<p role="alert">No playbook is called like that. Runs of all are shown.</p>`;
  return html`<div class="notice" role="alert"><p>${offers.length < offersMax ? 'Several playbooks fit' : 'Many playbooks fit; the first of them'}. Until you choose one, runs of all are shown.</p>
<ul class="plain">${offers.map(
    (each) =>
      html`<li><a href="${addressWith(path, query, kept, { playbook: each.id })}">${each.title}</a> <span class="small dim">${each.id}</span></li>`,
  )}</ul></div>`;
}
