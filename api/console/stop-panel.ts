import type { StopItem } from '../../engine/runtime/read/list-stops.ts';
import { marked } from './data.ts';
import { type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { blankReason, type ReasonDraft, reasonForm } from './reason-form.ts';
import { moment } from './times.ts';
import { may, type View } from './view.ts';

/** What is stopped and the way to lift it, and the one button that stops everything. */
export function stopPanel(view: View, draft: ReasonDraft): Html {
  const whole = view.stops.some(({ scope }) => scope === 'everything');
  return html`${view.stops.map((stop, n) => oneStop(view, stop, n))}
${!whole && toStop(view, draft)}`;
}

function toStop(view: View, draft: ReasonDraft): Html {
  return html`<p>Nothing is contained or eradicated any more from the moment it is pulled; what was done stands and can be
taken back, looks and messages go on. One person pulls it, two lift it. One system or one playbook alone:
<code>riposte stop --help</code>.</p>
${
  may(view, 'stops.set')
    ? reasonForm(
        view,
        {
          path: '/settings/stop',
          word: 'Stop all containment',
          label: 'Reason for the stop',
          id: 'stop-reason',
        },
        draft,
      )
    : html`<p>Your roles cannot pull it.</p>`
}`;
}

function oneStop(view: View, stop: StopItem, n: number): Html {
  const { scope, subject, generation, setBy, setAt, reason, clearRequestedBy } = stop;
  const what = scope === 'everything' ? 'Everything' : `The ${scope} ${subject}`;
  return html`<p>${icon('stop')}<strong>${what} is stopped</strong> by ${setBy ?? 'unknown'}${setAt !== null && html` ${moment(setAt, view.nowMs)}`}: ${marked(reason ?? '')}.
${clearRequestedBy === null ? 'Lifting it takes two people; nobody has asked yet.' : html`${clearRequestedBy} asked to lift it; a second person has to agree within an hour of that.`}</p>
${
  may(view, 'stops.clear')
    ? reasonForm(
        view,
        {
          path: '/settings/stop/clear',
          word: clearRequestedBy === null ? 'Ask to lift the stop' : 'Lift the stop',
          label: `Reason for lifting the stop of ${scope === 'everything' ? scope : `${scope} ${subject}`}`,
          id: `clear-reason-${n}`,
          hidden: html`<input type="hidden" name="scope" value="${scope}"><input type="hidden" name="subject" value="${subject}"><input type="hidden" name="generation" value="${generation}">`,
        },
        blankReason,
      )
    : html`<p>Your roles cannot lift it.</p>`
}`;
}
