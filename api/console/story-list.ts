import type { StoryItem } from '../../engine/runtime/read/list-story.ts';
import { data, marked } from './data.ts';
import { exact, type Html, html, type Value } from './html.ts';
import { incidentState, verdictOf } from './incident-words.ts';
import { alertLink, playbookLink, runLink, targetList } from './links.ts';
import {
  approvalState,
  attemptState,
  orderState,
  severity,
  stateOf,
  stepState,
  tag,
  taskState,
  undoState,
} from './states.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/** What happened, one thing after the other; each leads to the page that knows more. */
export function storyList(view: View, items: readonly StoryItem[]): Html {
  return html`<ol class="story" data-list="story">${items.map(
    (item) =>
      html`<li class="event" data-key="${exact(`${item.at} ${item.type} ${item.ref}`)}"><p class="small dim">${moment(item.at, view.nowMs)}</p><div>${told(view, item)}${
        item.comment !== null && item.comment !== '' && html`<p class="small">${data(item.comment)}</p>`
      }</div></li>`,
  )}</ol>`;
}

function told(view: View, item: StoryItem): Value {
  const order = orderState(item.type);
  if (order !== null)
    return html`${order} ${item.title !== null && marked(item.title)} ${about(item)} ${inRun(view, item)}${ordered(item)}`;
  const [kind] = item.type.split('.');
  switch (kind) {
    case 'incident':
      return ofIncident(item);
    case 'alert':
      return html`${severity(item.severity ?? '')} Alert ${alertLink(view, { id: item.ref, title: item.title ?? '' })} ${about(item)}`;
    case 'run':
      return ofRun(view, item);
    case 'action':
      return html`${attemptState({ state: item.state ?? '', outcome: null })} <code>${item.action}</code> ${about(item)} ${inRun(view, item)}`;
    case 'step':
      return html`${stepState({ status: item.state ?? '', phase: null })} ${marked(item.title ?? '')} <code>${item.action}</code> ${about(item)}${
        item.mode === 'audit' && html` <span class="chip">audit only: not really done</span>`
      } ${inRun(view, item)}`;
    case 'approval':
      return ofApproval(view, item);
    case 'task':
      return html`${taskState(item.state ?? '')} ${question(view, '/t/', item)} ${about(item)}${by(item)}`;
    default:
      return html`${undoState(item.state ?? '')} <a href="${view.to(`/undo/${encodeURIComponent(item.ref)}`)}">${marked(item.title ?? '')}</a> <code>${item.action}</code> ${about(item)}`;
  }
}

function ofIncident(item: StoryItem): Html {
  if (item.type === 'incident.created') return html`${tag(['The incident began', 'dot', 'quiet'], '')}`;
  return html`${incidentState(item.state ?? '')} ${verdictOf(item.classification)}${
    item.owner === null ? ', nobody’s' : html`, of ${data(item.owner)}`
  }${by(item)}`;
}

function ofRun(view: View, item: StoryItem): Html {
  const audit = item.mode === 'audit' && html` <span class="chip">audit only: nothing is really done</span>`;
  const playbook = item.playbook !== null && playbookLink(view, item.playbook);
  switch (item.type) {
    case 'run.queued':
      return html`${stateOf('queued')} ${playbook} has yet to begin, ${runLink(view, item.ref)}${audit}`;
    case 'run.started':
      return html`${tag(['Run began', 'play', 'work'], '')} ${playbook}, ${runLink(view, item.ref)}${audit}`;
    case 'run.finished':
      return html`${item.state === null ? tag(['Run ended', 'dash', 'quiet'], '') : stateOf(item.state)} ${playbook} ended, ${runLink(view, item.ref)}${audit}`;
    default:
      return html`${tag(['Taking back', 'back', 'work'], '')} what ${playbook} did, ${runLink(view, item.ref)}`;
  }
}

function ofApproval(view: View, item: StoryItem): Html {
  const asked = html`${question(view, '/a/', item)} ${about(item)}`;
  switch (item.type) {
    case 'approval.requested':
      return html`${tag(['Asked', 'clock', 'wait'], '')} ${asked}`;
    case 'approval.voted':
      return html`${item.state === 'approve' ? tag(['Said yes', 'check', 'good'], '') : tag(['Said no', 'stop', 'quiet'], '')} ${asked}${by(item)}`;
    case 'approval.withdrawn':
      return html`${tag(['Took a yes back', 'back', 'quiet'], '')} ${asked}${by(item)}`;
    case 'approval.break-glass':
      return html`${tag(['Decided alone', 'warn', 'bad'], '')} ${asked}${by(item)}`;
    default:
      return html`${approvalState(item.type.slice('approval.'.length))} ${asked}`;
  }
}

function question(view: View, at: string, { ref, title }: StoryItem): Html {
  return html`<a href="${view.to(at + encodeURIComponent(ref))}">${marked(title ?? '')}</a>`;
}

function about({ targets }: StoryItem): Html | null {
  return targets.length === 0 ? null : targetList(targets);
}

function inRun(view: View, { run, playbook }: StoryItem): Html {
  return html`<span class="dim">by ${playbook !== null && playbookLink(view, playbook)} ${run !== null && runLink(view, run)}</span>`;
}

/** Not to be taken for the playbook that `by` names there. */
function ordered({ by: who }: StoryItem): Html | null {
  return who === null ? null : html`<span class="dim">, ordered by ${marked(who.name)}</span>`;
}

function by({ by: who }: StoryItem): Html | null {
  return who === null ? null : html` <span class="dim">by ${marked(who.name)}</span>`;
}
