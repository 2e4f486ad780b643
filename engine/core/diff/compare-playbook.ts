import type { Mode, Plan } from '../contracts/plan.ts';
import { showDuration } from '../preview/show-duration.ts';
import { type At, type Changes, isSame, type Risk, riskOfNumber } from './change.ts';
import { compareManifest, showTemplate } from './compare-action.ts';
import type { Decides } from './compare-step.ts';

/** What is said about the playbook as a whole, triggers, guards and steps aside. */
export function comparePlaybook(changes: Changes, before: Plan, after: Plan, decides: Decides): void {
  const on = (field: string): Add => {
    const at: At = { before: `/${field}`, after: `/${field}` };
    return (kind, risk, what) => changes.add(at, kind, risk, what);
  };
  if (before.compilerVersion !== after.compilerVersion)
    on('kind')(
      'compiler-version',
      'bolder',
      `compiled by version ${after.compilerVersion} instead of ${before.compilerVersion}`,
    );
  const modes: Mode[] = ['audit', 'ask', 'enforce'];
  if (before.mode !== after.mode) {
    const risk = riskOfNumber(modes.indexOf(before.mode), modes.indexOf(after.mode), 'bolder');
    on('mode')('mode-changed', risk, `mode ${after.mode} instead of ${before.mode}`);
  }
  compareCrowd(on, before, after);
  if (before.timeoutMs !== after.timeoutMs)
    on('timeout')(
      'waits-changed',
      'neutral',
      `the whole run may take ${showDuration(after.timeoutMs)} instead of ${showDuration(before.timeoutMs)}`,
    );
  compareInputs(changes, before, after);
  for (const name of new Set([...before.vars, ...after.vars].map((each) => each.name))) {
    const [one, other] = [before, after].map((plan) => plan.vars.find((each) => each.name === name)?.value);
    if (isSame(one, other)) continue;
    on('vars')(
      'variable-changed',
      decides(name) ? 'bolder' : 'neutral',
      `variable ${name}: ${showTemplate(one)} → ${showTemplate(other)}`,
    );
  }
  for (const id of Object.keys(after.children)) {
    const [one, other] = [before.children[id], after.children[id]];
    if (one !== undefined && other !== undefined && one.digest !== other.digest)
      on('steps')(
        'call-version',
        'bolder',
        `calls another version of ${id}: ${one.version} → ${other.version}`,
      );
  }
  for (const [key, inverse] of Object.entries(after.inverses)) {
    const one = before.inverses[key];
    if (one === undefined) continue;
    compareManifest((kind, risk, what) => on('steps')(kind, risk, `taking back: ${what}`), one, inverse);
  }
  const { owner: ownerBefore, ...restBefore } = before.playbook;
  const { owner: ownerAfter, ...restAfter } = after.playbook;
  if (ownerBefore !== ownerAfter)
    on('owner')(
      'owner-changed',
      'neutral',
      `owner ${ownerAfter ?? 'nobody'} instead of ${ownerBefore ?? 'nobody'}`,
    );
  if (!isSame(restBefore, restAfter)) {
    const fields = Object.keys(restAfter).filter(
      (key) => !isSame(fieldOf(restBefore, key), fieldOf(restAfter, key)),
    );
    on(fields[0] ?? 'title')('described-differently', 'neutral', `other ${fields.join(', ')}`);
  }
  if (!isSame(before.outputs, after.outputs)) on('outputs')('outputs-changed', 'neutral', 'other outputs');
}

type Add = (kind: string, risk: Risk, what: string) => void;

function compareCrowd(on: (field: string) => Add, before: Plan, after: Plan): void {
  const dedupe = on('dedupe');
  if (before.dedupe !== null && after.dedupe === null)
    dedupe('dedupe-removed', 'bolder', 'the same danger starts a run every time');
  else if (before.dedupe === null && after.dedupe !== null)
    dedupe('dedupe-added', 'careful', 'the same danger starts no second run');
  else if (before.dedupe !== null && after.dedupe !== null) {
    if (!isSame(before.dedupe.key, after.dedupe.key))
      dedupe('dedupe-key', 'bolder', `tells dangers apart by ${showTemplate(after.dedupe.key)}`);
    if (before.dedupe.windowMs !== after.dedupe.windowMs)
      dedupe(
        'dedupe-window',
        riskOfNumber(before.dedupe.windowMs, after.dedupe.windowMs, 'careful'),
        `for ${showDuration(after.dedupe.windowMs)} instead of ${showDuration(before.dedupe.windowMs)}`,
      );
    if (before.dedupe.onDuplicate !== after.dedupe.onDuplicate)
      dedupe('dedupe-duplicate', 'neutral', `a duplicate: ${after.dedupe.onDuplicate}`);
  }
  const group = on('concurrency');
  if (before.concurrency !== null && after.concurrency === null)
    group('concurrency-removed', 'bolder', 'runs no longer wait for each other');
  else if (before.concurrency === null && after.concurrency !== null)
    group('concurrency-added', 'careful', 'runs wait for each other');
  else if (before.concurrency !== null && after.concurrency !== null) {
    if (!isSame(before.concurrency.group, after.concurrency.group))
      group('concurrency-group', 'bolder', `waits for others of ${showTemplate(after.concurrency.group)}`);
    if (before.concurrency.limit !== after.concurrency.limit)
      group(
        'limit-changed',
        riskOfNumber(before.concurrency.limit, after.concurrency.limit, 'bolder'),
        `${after.concurrency.limit} runs at once instead of ${before.concurrency.limit}`,
      );
    if (before.concurrency.onConflict !== after.concurrency.onConflict)
      group('concurrency-conflict', 'neutral', `when the group is full: ${after.concurrency.onConflict}`);
  }
}

function compareInputs(changes: Changes, before: Plan, after: Plan): void {
  for (const name of new Set([...before.inputs, ...after.inputs].map((each) => each.name))) {
    const one = before.inputs.find((each) => each.name === name);
    const other = after.inputs.find((each) => each.name === name);
    const at: At = { before: one ? `/inputs/${name}` : null, after: other ? `/inputs/${name}` : null };
    const add: Add = (kind, risk, what) => changes.add(at, kind, risk, `input ${name}: ${what}`);
    if (one === undefined) add('input-added', 'neutral', 'is new');
    else if (other === undefined) add('input-removed', 'neutral', 'is gone');
    else {
      // Inputs name targets: filled from somewhere else, other things are acted on.
      if (!isSame(one.from, other.from)) add('input-from', 'bolder', 'is filled from somewhere else');
      if (!isSame({ ...one, from: null }, { ...other, from: null }))
        add('input-changed', 'neutral', 'has another type or default');
    }
  }
}

function fieldOf(value: object, key: string): unknown {
  return Object.entries(value).find(([name]) => name === key)?.[1];
}
