import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { StopInput } from '../../http/use-cases.ts';
import type { Asked } from '../asked.ts';
import { marked } from '../data.ts';
import { type Html, html } from '../html.ts';
import { keyboardSettings } from '../keyboard.ts';
import { blankReason, type ReasonDraft, reasonForm, reasonOf } from '../reason-form.ts';
import { retentionPanel } from '../retention-panel.ts';
import { stopPanel } from '../stop-panel.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';

/** What rules the whole installation: the stop, the pause, and the way to the guardrails and the streams. */
export function settingsPage(view: View): Promise<PageReply> {
  return page(view, {});
}

export async function pauseEverything(view: View, { form }: Asked): Promise<Reply> {
  const reason = reasonOf(form('reason'));
  if (reason === '')
    return page(view, { pause: { reason, wrong: 'Say why everything is paused.', status: 422 } });
  const answer = await view.deps.useCases.setPause(view.caller, { reason });
  if (answer.ok) return { redirect: '/settings' };
  return page(view, { pause: { reason, wrong: answer.detail, status: statusOf(answer.code) } });
}

/** Of the pause that the page showed: one that was set since is read first. */
export async function liftThePause(view: View, { form }: Asked): Promise<Reply> {
  const generation = generationOf(form('generation'));
  const reason = reasonOf(form('reason'));
  if (reason === '') return page(view, { pause: { reason, wrong: 'Say why it can go on.', status: 422 } });
  const answer = await view.deps.useCases.liftPause(view.caller, { reason, generation });
  if (answer.ok) return { redirect: '/settings' };
  return page(view, {
    pause: { reason, wrong: `Nothing was changed: ${answer.detail}.`, status: statusOf(answer.code) },
  });
}

/** One person, at once. */
export async function stopEverything(view: View, { form }: Asked): Promise<Reply> {
  const reason = reasonOf(form('reason'));
  if (reason === '') return page(view, { stop: { reason, wrong: 'Say why it is stopped.', status: 422 } });
  const answer = await view.deps.useCases.setStop(view.caller, { scope: 'everything', subject: '*', reason });
  if (answer.ok) return { redirect: '/settings' };
  return page(view, { stop: { reason, wrong: answer.detail, status: statusOf(answer.code) } });
}

/** The first of two people asks, the second one lifts: the stop that their page showed, and no later one. */
export async function clearTheStop(view: View, { form }: Asked): Promise<Reply> {
  const generation = generationOf(form('generation'));
  const [scope, subject, reason] = [form('scope'), form('subject'), reasonOf(form('reason'))];
  const stop = view.stops.find((each) => each.scope === scope && each.subject === subject);
  // Lifted meanwhile, which the page says.
  if (stop === undefined) return { redirect: '/settings' };
  if (reason === '') return page(view, { clear: 'Nothing was changed: say why it can go on.', status: 422 });
  const input = { scope: stop.scope as StopInput['scope'], subject: stop.subject, reason, generation };
  const answer = await view.deps.useCases.clearStop(view.caller, input);
  if (answer.ok) return { redirect: '/settings' };
  return page(view, { clear: `Nothing was changed: ${answer.detail}.`, status: statusOf(answer.code) });
}

/** @throws Problem request/precondition-required */
function generationOf(written: string | undefined): number {
  if (written === undefined || !/^[0-9]{1,9}$/.test(written))
    throw new Problem('request/precondition-required');
  return Number(written);
}

interface Drafts {
  pause?: ReasonDraft;
  stop?: ReasonDraft;
  /** Why a stop was not lifted. */
  clear?: string;
  status?: number;
}

async function page(view: View, drafts: Drafts): Promise<PageReply> {
  const { pause: draft = blankReason, stop = blankReason, clear } = drafts;
  const pause = view.pause.active ? await paused(view, draft) : running(view, draft);
  return {
    status: drafts.status ?? Math.max(draft.status, stop.status),
    title: 'Settings',
    section: 'settings',
    content: html`<article><header><h1>Settings</h1></header>
${clear !== undefined && html`<div class="notice bad" role="alert"><p>${clear}</p></div>`}
<section><h2>Emergency stop</h2>${stopPanel(view, stop)}</section>
<section><h2>Guardrails</h2><p><a href="${view.to('/settings/guardrails')}">What no run may do</a>: the file in force, what is proposed, and how much of each limit is spent.</p></section>
<section><h2>Your account</h2><p><a href="${view.to('/settings/account')}">What happened to it</a>: new passkeys, tokens and sign-in links, changed roles, and what to do if it was not you.</p></section>
<section><h2>Routing</h2><p><a href="${view.to('/settings/routing')}">Which playbooks look at an event</a>, in which order and how boldly.</p></section>
<section><h2>Connections</h2><p><a href="${view.to('/settings/connections')}">The ways into other systems</a>: whether each works, and which actions may go over it.</p></section>
<section><h2>Passkeys</h2><p><a href="${view.to('/settings/passkeys')}">What you sign in with</a>, without asking anybody for a link.</p></section>
${may(view, 'streams.manage') && html`<section><h2>Streams</h2><p><a href="${view.to('/settings/streams')}">Who is told outside</a>: how far each receiver is in the log, and what fails.</p></section>`}
${may(view, 'tokens.manage') && (await tokens(view))}
<section><h2>Pause</h2>${pause}</section>
<section><h2>Retention</h2>${await retentionPanel(view)}</section>
${keyboardSettings()}
</article>`,
  };
}

/** How many, up to what one looks at. */
const leftShown = 20;

async function tokens(view: View): Promise<Html> {
  const filter = { personId: null, works: true, createdByLeft: true };
  const { items, next } = await view.deps.identity.listTokens(filter, { limit: leftShown });
  const number = next === null ? String(items.length) : `More than ${leftShown}`;
  const left = html` <a href="${view.to('/settings/tokens?left=1')}">${number} made by somebody who has left</a>.`;
  return html`<section><h2>Tokens</h2><p><a href="${view.to('/settings/tokens')}">What people and programs come in with</a>.${items.length > 0 && left}</p></section>`;
}

function running(view: View, draft: ReasonDraft): Html {
  return html`<p>Everything runs. A pause lets no run begin and nothing be sent, not even a look or a message; only what gives
something back goes out. Alerts are taken in, matched and kept, and all goes on where it stood when two people lift it.
For containment alone, pull the emergency stop above instead.</p>
${may(view, 'stops.set') ? pauseForm(view, '/settings/pause', 'Pause everything', draft) : html`<p>Your roles cannot pause.</p>`}`;
}

async function paused(view: View, draft: ReasonDraft): Promise<Html> {
  const { setBy, setAt, reason, generation, liftAskedBy, liftAskedById } = view.pause;
  const mine = liftAskedById !== null && liftAskedById === view.caller.personId;
  const asked = `${mine ? 'You' : liftAskedBy} asked to lift it; a second person has to agree within an hour of that.`;
  const { queued, held } = await view.deps.read.countPaused(view.deps.tenant);
  return html`<dl><dt>Paused by</dt><dd>${setBy ?? 'unknown'}${setAt !== null && html` ${moment(setAt, view.nowMs)}`}</dd>
<dt>Reason</dt><dd>${marked(reason ?? '')}</dd>
<dt>Waiting for its end</dt><dd>${queued} ${queued === 1 ? 'run' : 'runs'} to begin, ${held} ${held === 1 ? 'action' : 'actions'} held back</dd>
<dt>Lifting</dt><dd>${liftAskedBy === null ? 'Takes two people; nobody has asked yet.' : asked}</dd></dl>
${mine ? null : may(view, 'stops.clear') ? pauseForm(view, '/settings/pause/lift', liftAskedBy === null ? 'Ask to lift it' : 'Lift it', draft, generation) : html`<p>Your roles cannot lift it.</p>`}`;
}

function pauseForm(view: View, path: string, word: string, draft: ReasonDraft, generation?: number): Html {
  const hidden =
    generation === undefined
      ? undefined
      : html`<input type="hidden" name="generation" value="${generation}">`;
  return reasonForm(view, { path, word, label: 'Reason', id: 'reason', hidden }, draft);
}
