import type { Decision, Signal } from '../../../../schemas/cases-v1.generated.ts';
import { isJsonObject, type Json } from '../../../../schemas/json.ts';
import { asksPeople } from '../../contracts/entry.ts';
import { showOffset } from '../instant.ts';
import { stepName } from './name-in-run.ts';
import type { StoredEntry, StoredRun } from './stored-run.ts';

/* What people decided and what came in from outside during a stored run, each at its moment. */

const signalTypes: readonly Signal['type'][] = [
  'alert.created',
  'alert.updated',
  'incident.created',
  'incident.updated',
  'run.failed',
  'webhook',
];

/** Who decided is left out: the case needs somebody whom the request asked, not that person. */
export function decisionsOfRun(run: StoredRun, startMs = run.createdAtMs, prefix = ''): Decision[] {
  const decisions: { atMs: number; decision: Decision }[] = [];
  const asked = new Map<string, StoredEntry>();
  const edits = new Map<string, { [name: string]: Json }>();
  for (const entry of run.entries) {
    const { step, type } = entry;
    if (step === null) continue;
    if (asksPeople(type)) asked.set(step, entry);
    if (type === 'approval.edited' && isJsonObject(entry.data.values)) edits.set(step, entry.data.values);
    if (type !== 'approval.voted') continue;
    const edit = edits.get(step);
    edits.delete(step);
    const waited = entry.atMs - (asked.get(step)?.atMs ?? entry.atMs);
    const decision: Decision = {
      step: stepName(step, prefix),
      outcome: entry.data.decision === 'approve' ? 'granted' : 'denied',
      // As soon as it was asked: a moment of its own would come before the question.
      ...(waited < 2_000 ? {} : { at: showOffset(entry.atMs - startMs) }),
      ...(entry.reason === null || entry.reason === '' ? {} : { comment: entry.reason }),
      ...(edit === undefined ? {} : { edit }),
    };
    decisions.push({ atMs: entry.atMs, decision });
  }
  const own = decisions.sort((a, b) => a.atMs - b.atMs).map(({ decision }) => decision);
  return [
    ...own,
    ...calledRuns(run, prefix).flatMap(([child, name]) => decisionsOfRun(child, startMs, name)),
  ];
}

/** Signals that a wait took, and a cancel. Others changed nothing. */
export function signalsOfRun(run: StoredRun, startMs = run.createdAtMs, prefix = ''): Signal[] {
  const signals: Signal[] = [];
  // A second later at the earliest: the run has begun by then.
  const offset = (atMs: number) => showOffset(Math.max(1_000, atMs - startMs));
  for (const step of run.steps) {
    const { signal } = step.outputs;
    if (!isJsonObject(signal)) continue;
    const ended = run.entries.find((entry) => entry.type === 'wait.ended' && entry.step === step.path);
    const { id: _, type, ...data } = signal;
    const known = signalTypes.find((each) => each === type);
    if (ended !== undefined && known !== undefined)
      signals.push({ at: offset(ended.atMs), type: known, data });
  }
  for (const entry of run.entries) {
    if (entry.type !== 'run.cancel-requested' || entry.code !== null || prefix !== '') continue;
    const undo = entry.data.undo === true ? { undo: true } : {};
    signals.push({
      at: offset(entry.atMs),
      type: 'run.cancel',
      data: { by: 'somebody', reason: entry.reason ?? '', ...undo },
    });
  }
  return [
    ...signals,
    ...calledRuns(run, prefix).flatMap(([child, name]) => signalsOfRun(child, startMs, name)),
  ];
}

export function calledRuns(run: StoredRun, prefix: string): [StoredRun, string][] {
  return run.steps.flatMap((step): [StoredRun, string][] => {
    const child = step.childRunId === null ? undefined : run.children[step.childRunId];
    return child === undefined ? [] : [[child, `${stepName(step.path, prefix)}/`]];
  });
}
