import { type Html, html } from './html.ts';
import { type IconName, icon } from './icons.ts';

/*
 * What a state is called, drawn as and coloured: always all three, so that none of them carries the
 * meaning alone (WCAG 1.4.1).
 */

export type Tone = 'good' | 'bad' | 'warn' | 'wait' | 'work' | 'quiet';

export type Look = readonly [word: string, icon: IconName, tone: Tone];

const shared: { readonly [state: string]: Look } = {
  queued: ['Queued', 'ring', 'quiet'],
  running: ['Running', 'play', 'work'],
  waiting: ['Waiting', 'clock', 'wait'],
  undoing: ['Undoing', 'back', 'work'],
  undone: ['Undone', 'back', 'quiet'],
  'undo-incomplete': ['Undo incomplete', 'warn', 'bad'],
  succeeded: ['Succeeded', 'check', 'good'],
  failed: ['Failed', 'cross', 'bad'],
  denied: ['Denied', 'stop', 'quiet'],
  cancelled: ['Cancelled', 'dash', 'quiet'],
  'timed-out': ['Timed out', 'clock', 'bad'],
  skipped: ['Skipped', 'dash', 'quiet'],
  pending: ['Not reached', 'ring', 'quiet'],
  active: ['Under way', 'play', 'work'],
  claimed: ['Under way', 'play', 'work'],
  accepted: ['Accepted, not confirmed', 'clock', 'wait'],
  unknown: ['Outcome unknown', 'warn', 'bad'],
  changed: ['Not sent: target changed', 'warn', 'warn'],
  unread: ['Not sent: target did not answer', 'warn', 'warn'],
  lost: ['Worker lost', 'warn', 'bad'],
  revoked: ['Taken back', 'dash', 'quiet'],
  done: ['Done', 'check', 'good'],
};

const approvals: { readonly [state: string]: Look } = {
  pending: ['Waiting for a person', 'clock', 'wait'],
  granted: ['Approved', 'check', 'good'],
  denied: ['Denied', 'stop', 'quiet'],
  expired: ['Expired', 'clock', 'quiet'],
  superseded: ['Replaced', 'back', 'quiet'],
  cancelled: ['Cancelled', 'dash', 'quiet'],
};

const tasks: { readonly [state: string]: Look } = {
  open: ['Nobody knows', 'warn', 'warn'],
  happened: ['It happened', 'check', 'good'],
  'did-not-happen': ['It did not happen', 'cross', 'quiet'],
  unanswered: ['Nobody answered', 'clock', 'bad'],
  withdrawn: ['Not asked any more', 'dash', 'quiet'],
};

const streams: { readonly [state: string]: Look } = {
  current: ['Up to date', 'check', 'good'],
  behind: ['Behind', 'clock', 'work'],
  failing: ['Failing', 'cross', 'bad'],
  paused: ['Paused', 'dash', 'wait'],
};

const healths: { readonly [health: string]: Look } = {
  works: ['Works', 'check', 'good'],
  limited: ['Works, lacks rights', 'warn', 'warn'],
  failing: ['Failing', 'cross', 'bad'],
  unattended: ['No worker has it', 'warn', 'bad'],
  unknown: ['Not known', 'ring', 'quiet'],
};

const rights: { readonly [may: string]: Look } = {
  yes: ['May', 'check', 'good'],
  no: ['May not', 'cross', 'bad'],
  unknown: ['Not known', 'ring', 'quiet'],
};

const verdicts: { readonly [verdict: string]: Look } = {
  passed: ['Passed', 'check', 'good'],
  failed: ['Failed', 'cross', 'bad'],
  'to-record': ['Expects nothing yet', 'ring', 'warn'],
};

const looks: { readonly [look: string]: Look } = {
  well: ['Well', 'check', 'good'],
  failed: ['Failed', 'cross', 'bad'],
};

const readables: { readonly [readable: string]: Look } = {
  yes: ['Yes', 'check', 'good'],
  later: ['Not now', 'clock', 'bad'],
  no: ['No', 'cross', 'bad'],
};

const phases: { readonly [phase: string]: Look } = {
  asking: ['Waiting for a person', 'clock', 'wait'],
  held: ['Held back', 'stop', 'wait'],
  dispatched: ['Being done', 'play', 'work'],
  confirming: ['Waiting for confirmation', 'clock', 'work'],
  reconciling: ['Looking what happened', 'warn', 'warn'],
  undecided: ['Nobody knows: waiting for a person', 'warn', 'warn'],
  'backing-off': ['Waiting for the next attempt', 'clock', 'work'],
  waiting: ['Waiting', 'clock', 'wait'],
  queueing: ['Waiting for its place', 'clock', 'wait'],
};

const undos: { readonly [state: string]: Look } = {
  undone: ['Taken back', 'back', 'good'],
  retained: ['Kept: another run holds it', 'dash', 'quiet'],
  'left-as-found': ['Left as it was found', 'dash', 'quiet'],
  irreversible: ['Cannot be taken back', 'warn', 'warn'],
  'undo-failed': ['Could not be taken back', 'cross', 'bad'],
  'changed-since': ['Changed by somebody since', 'warn', 'warn'],
  'left-as-is': ['Accepted as it is', 'check', 'quiet'],
  undoing: ['Being taken back', 'back', 'work'],
  done: ['Stands', 'check', 'quiet'],
};

const severities: { readonly [severity: string]: Look } = {
  critical: ['Critical', 'warn', 'bad'],
  high: ['High', 'warn', 'warn'],
  medium: ['Medium', 'dot', 'work'],
  low: ['Low', 'ring', 'quiet'],
  informational: ['Informational', 'ring', 'quiet'],
};

const traces: { readonly [outcome: string]: Look } = {
  starts: ['Would start', 'play', 'good'],
  depends: ['Would start perhaps', 'ring', 'work'],
  started: ['Started a run', 'play', 'good'],
  queued: ['Run queued', 'ring', 'work'],
  attached: ['Joined a run', 'dot', 'work'],
  skipped: ['Skipped', 'dash', 'quiet'],
  redelivered: ['Seen before', 'back', 'quiet'],
  'not-matched': ['Did not match', 'dash', 'quiet'],
  'not-listening': ['Listens to something else', 'dash', 'quiet'],
  'routed-away': ['Routed away', 'dash', 'quiet'],
  disabled: ['Switched off', 'stop', 'quiet'],
  expired: ['Expired', 'clock', 'quiet'],
  error: ['Error', 'cross', 'bad'],
};

/** In a dry run: whether a run comes to a step. */
const reached: { readonly [reached: string]: Look } = {
  yes: ['Would come', 'play', 'work'],
  maybe: ['Perhaps', 'ring', 'quiet'],
  no: ['Not reached', 'dash', 'quiet'],
};

/** What people ordered, by the type of its entry; the engine does it, and says so, after that. */
const orders: { readonly [type: string]: Look } = {
  'run.cancel-requested': ['Cancelled by hand', 'stop', 'quiet'],
  'run.undo-requested': ['Ordered to take back', 'back', 'work'],
  'run.restarted': ['Begun again by hand', 'play', 'work'],
  'lease.renewed': ['Lease renewed', 'clock', 'good'],
  'undo.left-as-is': ['Accepted as it is', 'check', 'quiet'],
  'approval.extended': ['More time taken', 'clock', 'wait'],
};

export const stateOf = (state: string): Html => tag(shared[state], state);
export const approvalState = (state: string): Html => tag(approvals[state], state);
export const streamState = (state: string): Html => tag(streams[state], state);
export const connectionHealth = (health: string): Html => tag(healths[health], health);
export const actionRight = (may: string): Html => tag(rights[may], may);
export const secretState = (readable: string): Html => tag(readables[readable], readable);
export const caseVerdict = (verdict: string): Html => tag(verdicts[verdict], verdict);
export const lookState = (look: string): Html => tag(looks[look], look);
export const taskState = (state: string): Html => tag(tasks[state], state);
/** Null for what nobody orders. */
export const orderState = (type: string): Html | null =>
  orders[type] === undefined ? null : tag(orders[type], type);
export const undoState = (state: string): Html => tag(undos[state], state);
export const severity = (name: string): Html => tag(severities[name], name);
export const reachedState = (word: string): Html => tag(reached[word], word);
export const traceOutcome = (name: string): Html => tag(traces[name], name);

/** An active step says what it does right now. */
export function stepState(step: { status: string; phase: string | null }): Html {
  const phase = step.status === 'active' && step.phase !== null ? phases[step.phase] : undefined;
  return tag(phase ?? shared[step.status], step.status);
}

/** What an attempt came to, or where it is. */
export function attemptState(attempt: { state: string; outcome: string | null }): Html {
  return stateOf(attempt.outcome ?? attempt.state);
}

export function tag(look: Look | undefined, name: string): Html {
  const [word, shape, tone] = look ?? [name, 'ring', 'quiet'];
  return html`<span class="state ${tone}">${icon(shape)}${word}</span>`;
}
