import { relyingPartyOf } from '../../../engine/core/identity/relying-party.ts';
import type { Passkey } from '../../../engine/runtime/identity/passkey.ts';
import type { PasskeyId, PersonId } from '../../../schemas/ids.ts';
import { doorOf } from '../../http/door-of.ts';
import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { nameData } from '../data.ts';
import { freshness } from '../freshness.ts';
import { exact, type Html, html } from '../html.ts';
import { passkeyStep } from '../passkey-step.ts';
import type { Form } from '../read-form.ts';
import { empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';

/*
 * What a person signs in with besides links. Each makes their own; an administrator can remove anybody's and make
 * none for others, because whoever has somebody's key is that person.
 */

const path = '/settings/passkeys';

export function passkeysPage(view: View, { query }: Asked): Promise<PageReply> {
  return page(view, query);
}

/** The browser is asked to make one. Nothing is registered yet. */
export async function askForNewPasskey(view: View, { form }: Asked): Promise<Reply> {
  const { party, personId } = mine(view);
  const name = nameOf(form);
  if (name === null) return refused(view, 'Give it a name of at most 100 characters.', 422);
  const { name: person } = view.caller;
  const owner = { id: personId, name: person, signedInAtMs: view.signedInAtMs };
  const asked = await view.deps.identity.askForNewPasskey(doorOf(view.caller), owner, view.csrf, party);
  if (!asked.ok) return refused(view, asked.detail, statusOf(asked.code));
  return passkeyStep({
    title: 'Make a passkey',
    section: 'settings',
    lead: html`<p>Your browser makes “${nameData(name)}” for ${view.caller.name} at <strong>${party.id}</strong>.</p>`,
    ask: 'create',
    options: asked.options,
    action: view.to(path),
    fields: html`${csrfField(view)}<input type="hidden" name="name" value="${exact(name)}">`,
    otherwise: html`<p><a href="${view.to(path)}">Back without making one</a></p>`,
  });
}

export async function addPasskey(view: View, { form }: Asked): Promise<Reply> {
  const { party, personId } = mine(view);
  const name = nameOf(form);
  if (name === null) return refused(view, 'Give it a name of at most 100 characters.', 422);
  const use = { answer: form('answer') ?? '', party, browsers: [view.csrf] };
  const added = await view.deps.identity.addPasskey(doorOf(view.caller), { personId, name }, use);
  return added.ok ? { redirect: path } : refused(view, added.detail, statusOf(added.code));
}

export async function removePasskey(view: View, { id }: Asked): Promise<Reply> {
  const { deps, signedInAtMs, caller } = view;
  // A service has none, and '' is nobody's id.
  const whose = isAdministrator(view) ? null : (caller.personId ?? ('' as PersonId));
  const answer = await deps.identity.removePasskey(
    doorOf(view.caller),
    { signedInAtMs },
    id as PasskeyId,
    whose,
  );
  if (answer.ok) return { redirect: path };
  if (answer.code === 'request/not-found') throw new Problem(answer.code);
  return refused(view, answer.detail, statusOf(answer.code));
}

function mine(view: View) {
  const party = relyingPartyOf(view.deps.publicUrl);
  const { personId } = view.caller;
  if (party === null || personId === null)
    throw new Problem('request/conflict', 'No passkey can be made at this address of the console.');
  return { party, personId };
}

function nameOf(form: Form): string | null {
  const name = (form('name') ?? '').trim();
  return name === '' || name.length > 100 || name.includes('\0') ? null : name;
}

function isAdministrator({ caller }: View): boolean {
  return caller.roles.includes('admin');
}

const nothing: Form = () => undefined;

function refused(view: View, text: string, status: number): Promise<PageReply> {
  return page(view, nothing, { text, status });
}

async function page(view: View, query: Form, wrong?: { text: string; status: number }): Promise<PageReply> {
  const all = isAdministrator(view) && query('all') === '1';
  const whose = all ? null : (view.caller.personId ?? ('' as PersonId));
  const asked = { limit: 50, cursor: query('cursor') };
  const { items, next } = await view.deps.identity.listPasskeys(whose, asked);
  return {
    status: wrong?.status ?? 200,
    title: 'Passkeys',
    section: 'settings',
    content: html`${wrong !== undefined && html`<div class="notice bad" role="alert"><p><strong>Nothing was changed.</strong></p><p>${wrong.text}</p></div>`}<article class="airy"><h1>${all ? 'Everybody’s passkeys' : 'Your passkeys'}</h1>
<p>A passkey signs you in without a link, and proves that it is you when something cannot be undone. It stays on your device or in your password manager; here is only what checks it.</p>
${isAdministrator(view) && html`<p>${all ? html`<a href="${view.to(path)}">Only yours</a>` : html`<a href="${view.to(`${path}?all=1`)}">Those of everybody</a>`}</p>`}
${items.length === 0 ? empty('There is none.', html`A sign-in link works without one, and goes on working beside it.`) : list(view, items, all)}${pager(view.to(path), query, ['all'], next)}
${!all && adding(view)}</article>`,
  };
}

function adding(view: View): Html {
  if (relyingPartyOf(view.deps.publicUrl) === null)
    return html`<p class="notice warn">Browsers make no passkeys for <code>${view.deps.publicUrl}</code>. They do for a host name over https, and on this machine for <code>http://localhost</code>: <code>RIPOSTE_PUBLIC_URL</code> says which address it is.</p>`;
  return html`<section><h2>Add one</h2>${
    freshness(view, path) ??
    html`<form method="post" action="${view.to(`${path}/add`)}">${csrfField(view)}
${nameAndButton}</form>`
  }</section>`;
}

const nameAndButton = html`<p><label for="name">Its name, so that you know it again</label>
<input id="name" name="name" maxlength="100" required autocomplete="off" placeholder="Phone"></p>
<p><button class="act">Make a passkey</button></p>`;

function list(view: View, passkeys: readonly Passkey[], all: boolean): Html {
  return table<Passkey>(
    'Passkeys',
    [
      { head: 'Passkey', cell: (passkey) => named(view, passkey) },
      ...(all ? [{ head: 'Of', cell: ({ personName }: Passkey) => nameData(personName) }] : []),
      { head: 'Kept', cell: keptWhere },
      { head: 'Made', cell: ({ createdAt }) => moment(createdAt, view.nowMs) },
      {
        head: 'Last used',
        cell: ({ usedAt }) => (usedAt === null ? 'never' : moment(usedAt, view.nowMs)),
      },
      { head: 'Change', cell: ({ id }) => removeForm(view, id) },
    ],
    passkeys,
  );
}

/** Whoever may order something about the log can tell the host of the sequencer which key is theirs. */
function named(view: View, { name, personId, publicKey }: Passkey): Html {
  return html`<strong>${nameData(name)}</strong>${may(view, 'audit.repair') && html`<details class="small"><summary>For orders about the log</summary><code class="wrap">${personId}=${publicKey}</code></details>`}`;
}

/** As the key itself says: whoever gets into the account that syncs it has it. */
function keptWhere({ syncable, synced }: Passkey): string {
  if (!syncable) return 'on one device';
  return synced ? 'synced' : 'can be synced';
}

function removeForm(view: View, id: string): Html {
  return html`<details><summary>Remove</summary><p class="small">It signs nobody in any more, at once and for good. Your browser or manager keeps its half until you delete that there.</p>
${freshness(view, path) ?? html`<form method="post" action="${view.to(`${path}/${encodeURIComponent(id)}/remove`)}">${csrfField(view)}<button>Remove it now</button></form>`}</details>`;
}
