import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { exact, type Html, html } from '../html.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';

/** What rules the whole installation: the pause, and the way to the guardrails and the streams. */
export function settingsPage(view: View): Promise<PageReply> {
  return page(view, blank);
}

export async function pauseEverything(view: View, { form }: Asked): Promise<Reply> {
  const reason = reasonOf(form('reason'));
  if (reason === '') return page(view, { reason, wrong: 'Say why everything is paused.', status: 422 });
  const answer = await view.deps.useCases.setPause(view.caller, { reason });
  if (answer.ok) return { redirect: '/settings' };
  return page(view, { reason, wrong: answer.detail, status: statusOf(answer.code) });
}

/** Of the pause that the page showed: one that was set since is read first. */
export async function liftThePause(view: View, { form }: Asked): Promise<Reply> {
  const generation = generationOf(form('generation'));
  const reason = reasonOf(form('reason'));
  if (reason === '') return page(view, { reason, wrong: 'Say why it can go on.', status: 422 });
  const answer = await view.deps.useCases.liftPause(view.caller, { reason, generation });
  if (answer.ok) return { redirect: '/settings' };
  return page(view, {
    reason,
    wrong: `Nothing was changed: ${answer.detail}.`,
    status: statusOf(answer.code),
  });
}

interface Draft {
  reason: string;
  wrong: string | null;
  status: number;
}

const blank: Draft = { reason: '', wrong: null, status: 200 };

/** @throws Problem request/precondition-required */
function generationOf(written: string | undefined): number {
  if (written === undefined || !/^[0-9]{1,9}$/.test(written))
    throw new Problem('request/precondition-required');
  return Number(written);
}

/** @throws Problem request/invalid */
function reasonOf(written: string | undefined): string {
  const reason = (written ?? '').trim();
  if (reason.length > 1000) throw new Problem('request/invalid', 'A reason has at most 1,000 characters.');
  return reason;
}

async function page(view: View, draft: Draft): Promise<PageReply> {
  const pause = view.pause.active ? await paused(view, draft) : running(view, draft);
  return {
    status: draft.status,
    title: 'Settings',
    section: 'settings',
    content: html`<article><header><h1>Settings</h1></header>
<section><h2>Guardrails</h2><p><a href="${view.to('/settings/guardrails')}">What no run may do</a>: the file in force, what is proposed, and how much of each limit is spent.</p></section>
${may(view, 'streams.manage') && html`<section><h2>Streams</h2><p><a href="${view.to('/settings/streams')}">Who is told outside</a>: how far each receiver is in the log, and what fails.</p></section>`}
<section><h2>Pause</h2>${pause}</section>
</article>`,
  };
}

function running(view: View, draft: Draft): Html {
  return html`<p>Everything runs. A pause lets no run begin and nothing be sent, not even a look or a message; only what gives
something back goes out. Alerts are taken in, matched and kept, and all goes on where it stood when two people lift it.
For containment alone, pull the emergency stop instead.</p>
${may(view, 'stops.set') ? form(view, '/settings/pause', 'Pause everything', draft) : html`<p>Your roles cannot pause.</p>`}`;
}

async function paused(view: View, draft: Draft): Promise<Html> {
  const { setBy, setAt, reason, generation, liftAskedBy, liftAskedById } = view.pause;
  const mine = liftAskedById !== null && liftAskedById === view.caller.personId;
  const asked = `${mine ? 'You' : liftAskedBy} asked to lift it; a second person has to agree.`;
  const { queued, held } = await view.deps.read.countPaused(view.deps.tenant);
  return html`<dl><dt>Paused by</dt><dd>${setBy ?? 'unknown'}${setAt !== null && html` ${moment(setAt, view.nowMs)}`}</dd>
<dt>Reason</dt><dd>${marked(reason ?? '')}</dd>
<dt>Waiting for its end</dt><dd>${queued} ${queued === 1 ? 'run' : 'runs'} to begin, ${held} ${held === 1 ? 'action' : 'actions'} held back</dd>
<dt>Lifting</dt><dd>${liftAskedBy === null ? 'Takes two people; nobody has asked yet.' : asked}</dd></dl>
${mine ? null : may(view, 'stops.clear') ? form(view, '/settings/pause/lift', liftAskedBy === null ? 'Ask to lift it' : 'Lift it', draft, generation) : html`<p>Your roles cannot lift it.</p>`}`;
}

function form(view: View, path: string, word: string, { reason, wrong }: Draft, generation?: number): Html {
  return html`<form class="confirm" method="post" action="${view.to(path)}"><button disabled hidden></button>${csrfField(view)}${generation !== undefined && html`<input type="hidden" name="generation" value="${generation}">`}
<div class="fields"><label for="reason">Reason (required)</label>
${wrong !== null && html`<p class="field-error" id="reason-error" role="alert">${wrong}</p>`}
<textarea id="reason" name="reason" rows="1" maxlength="1000" required${wrong !== null && html` aria-invalid="true" aria-describedby="reason-error"`}>
${exact(reason)}</textarea></div>
<div class="choice"><button class="act">${word}</button></div></form>`;
}
