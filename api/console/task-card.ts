import type { TaskDetail } from '../../engine/runtime/read/read-task.ts';
import { data, jsonData, marked } from './data.ts';
import { type Html, html, type Value } from './html.ts';
import { incidentLink, playbookLink, runLink, targetText } from './links.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/** Everything a person needs to say what became of it, in the order in which they need it. */
export function taskCard(view: View, task: TaskDetail): Html {
  const { follows } = task;
  return html`<dl class="card ${task.class}">
${task.state !== 'open' && row('Settled', settled(view, task))}
${task.late.length > 0 && row('Said later', html`<ul class="plain">${task.late.map((each) => html`<li>${moment(each.at, view.nowMs)} ${each.purpose}: ${data(each.outcome)}</li>`)}</ul>`)}
${row('Target', html`${targetText(task.target)}${task.target !== null && html` <span class="dim">id ${data(task.target.id)}</span>`}`)}
${row('Look by hand', byHand(task))}
${row('Sent and asked', html`<ol class="plain">${task.exchanges.map((each) => exchange(view, each))}</ol>`)}
${task.handle !== null && row('The target calls it', jsonData(task.handle))}
${row('If it happened', follows.happened)}
${row('If it did not', follows.didNotHappen)}
${row('If nobody says', html`${follows.silence} <span class="dim">Until ${moment(task.answerBefore, view.nowMs)}.</span>`)}
${row('Arguments', argumentsOf(task))}
${row('Of', html`${playbookLink(view, task.playbook)}, step ${task.stepName} <span class="dim">(${task.step})</span> · ${runLink(view, task.run.id)}${task.incidentId !== null && html` · incident ${incidentLink(view, { id: task.incidentId })}`}`)}
${row('Action key', html`<code class="wrap">${task.actionKey}</code> <span class="dim">sent along where the target takes such a field</span>`)}
${row('Digest', html`<code class="wrap">${task.digest}</code>`)}
</dl>`;
}

function row(name: string, value: Value): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function byHand({ byHand: way, target, connection }: TaskDetail): Html {
  const through = html`<p class="small dim">Connection <code>${connection}</code>${target !== null && html`, id to search for: ${data(target.id)}`}</p>`;
  if (way === null) return html`<p>The action does not say where to look.</p>${through}`;
  return html`<p>${way.words}</p>${through}${way.docs.length > 0 && html`<ul class="plain small">${way.docs.map((link) => html`<li><a href="${link}" rel="noreferrer noopener">${link}</a></li>`)}</ul>`}`;
}

const purposes: { readonly [purpose: string]: string } = {
  perform: 'Sent',
  confirm: 'Asked whether it is done',
  check: 'Asked what is true',
};

/** No worker had it, so the target heard nothing of it. */
function unsent(purpose: string, state: string): string {
  const word = purpose === 'perform' ? 'sent' : 'asked';
  return state === 'revoked' ? `Not ${word}` : `Waits to be ${word}`;
}

function exchange(view: View, each: TaskDetail['exchanges'][number]): Html {
  const outcome = each.outcome ?? each.state;
  const { purpose, state } = each;
  const did = each.sentAt === null ? unsent(purpose, state) : (purposes[purpose] ?? purpose);
  return html`<li>${moment(each.sentAt ?? each.queuedAt, view.nowMs)} <strong>${did}</strong> ${each.number > 1 && html`<span class="dim">(${each.number})</span> `}· ${outcome}${each.says !== null && html` · ${data(each.says)}`}</li>`;
}

function settled(view: View, task: TaskDetail): Html {
  const when = task.endedAt === null ? null : moment(task.endedAt, view.nowMs);
  switch (task.settledBy) {
    case 'person':
      return html`<strong>${task.answeredBy?.name ?? 'A person'}</strong> said that it ${task.state === 'happened' ? 'happened' : 'did not happen'} ${when}: ${data(task.proof ?? '')}`;
    case 'target':
      return html`The target itself said that it ${task.state === 'happened' ? 'happened' : 'did not happen'} ${when}`;
    case 'silence':
      return html`Nobody said what became of it ${when}`;
    default:
      return html`The run ended first ${when}`;
  }
}

function argumentsOf(task: TaskDetail): Html {
  if (task.arguments.length === 0)
    return html`<code>${task.action}</code> <span class="dim">takes none</span>`;
  return html`<p><code>${task.action}</code></p><dl class="values">${task.arguments.map(
    ({ name, value }) => html`<div><dt>${name}</dt><dd>${jsonData(value)}</dd></div>`,
  )}</dl>`;
}

/** The ones that end first on top; the whole row leads to the card. */
export function taskList(view: View, tasks: readonly TaskListed[]): Html {
  return html`<ul class="questions" data-list="tasks">${tasks.map(
    (task) =>
      html`<li class="${task.class}" data-key="${task.id}"><a href="${view.to(`/t/${encodeURIComponent(task.id)}`)}"><strong>${marked(task.question)}</strong></a>
<p>${targetText(task.target)} · ${marked(task.why)}</p>
<p class="small dim">${playbookLink(view, task.playbook)} · ${task.state === 'open' ? html`answer before ${moment(task.answerBefore, view.nowMs)}` : html`${task.state} · settled by ${task.answeredBy?.name ?? task.settledBy}`}${task.contradicted && html` · <strong>the target said otherwise later</strong>`}</p></li>`,
  )}</ul>`;
}

type TaskListed = Pick<
  TaskDetail,
  | 'id'
  | 'class'
  | 'question'
  | 'target'
  | 'why'
  | 'playbook'
  | 'state'
  | 'answerBefore'
  | 'answeredBy'
  | 'settledBy'
  | 'contradicted'
>;
