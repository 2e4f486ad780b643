import type { Plan, PlanOnError, PlanStep } from '../../engine/core/contracts/plan.ts';
import {
  actionStep,
  callStep,
  foreachStep,
  planOf,
  repeatStep,
  someApproval,
  step,
  undoStep,
  waitStep,
} from './build-plan.ts';
import type { Chance } from './chance.ts';

/*
 * Plans that hold every step kind inside every other one that the language allows: `set` only in the
 * run's own scope and outside of `parallel`, effects not in `finally`.
 */

interface Place {
  /** Path of the body: `run`, or a loop's. */
  body: string;
  depth: number;
  loops: number;
  /** Only looks and notices. */
  closing: boolean;
  maySet: boolean;
}

export function randomPlan(chance: Chance): Plan {
  const names = new Names();
  const place: Place = { body: 'run', depth: 0, loops: 0, closing: false, maySet: true };
  const steps = block(chance, names, place, 4);
  return planOf(steps, {
    mode: chance.of('enforce', 'enforce', 'enforce', 'ask', 'audit'),
    vars: [{ name: 'note', value: { t: 'literal', value: '' } }],
    timeoutMs: chance.of(86_400_000, 3_000_000),
    concurrency: chance.in(2) ? { group: { t: 'literal', value: 'g' }, limit: 1, onConflict: 'queue' } : null,
    guards: chance.in(4)
      ? [{ id: 'never', appliesTo: ['eradicate'], denyIf: 'true', limit: null, message: 'never' }]
      : [],
    onFailure: chance.in(2) ? block(chance, names, { ...place, depth: 2, maySet: false }, 2) : [],
    finally: chance.in(2)
      ? block(chance, names, { ...place, depth: 2, closing: true, maySet: false }, 2)
      : [],
    children: {
      child: { digest: 'sha256:01', title: 'Child', version: '1.0.0', inputs: [], impact: 'contain' },
    },
  });
}

class Names {
  #count = 0;

  next(kind: string): string {
    this.#count += 1;
    return `${kind}${this.#count}`;
  }
}

function block(chance: Chance, names: Names, place: Place, most: number): PlanStep[] {
  const steps = Array.from({ length: 1 + chance.below(most) }, () => anyStep(chance, names, place));
  return steps.map((each, n) =>
    each.kind === 'approval' ? { ...each, covers: actionsOf(steps.slice(n + 1)) } : each,
  );
}

function actionsOf(steps: readonly PlanStep[]): string[] {
  return steps.filter(({ kind }) => kind === 'action').map(({ path }) => path);
}

function anyStep(chance: Chance, names: Names, place: Place): PlanStep {
  const deeper = { ...place, depth: place.depth + 1 };
  const inBranch = { ...deeper, maySet: false };
  const kinds: PlanStep['kind'][] = ['action', 'action', 'action', 'wait', 'approval', 'call', 'stop'];
  if (!place.closing) kinds.push('undo');
  if (place.maySet) kinds.push('set');
  if (place.depth < 3) kinds.push('if', 'switch', 'parallel', 'parallel');
  if (place.loops < 2) kinds.push('foreach', 'foreach', 'repeat');
  const kind = chance.of(...kinds);
  const id = names.next(kind);
  const path = `${place.body}/${id}`;
  const common = {
    path,
    if: chance.in(12) ? chance.of('false', 'true', 'inputs.missing == 1') : null,
    onError: onError(chance, names, place),
    onDenied: chance.of('stop' as const, 'continue' as const, 'fail' as const),
  };
  const approval = chance.in(6) ? { ...someApproval, editable: ['host_id'] } : null;
  const inner: Place = { ...inBranch, body: path, loops: place.loops + 1 };
  switch (kind) {
    case 'action':
      return anyAction(chance, id, place, { ...common, approval });
    case 'approval':
      return step('approval', id, { ...common, approval: someApproval, covers: [] });
    case 'if':
      return step('if', id, {
        ...common,
        if: chance.of('true', 'false', 'inputs.missing'),
        then: block(chance, names, deeper, 2),
        else: chance.in(2) ? block(chance, names, deeper, 2) : null,
      });
    case 'switch':
      return step('switch', id, {
        ...common,
        cases: [{ when: chance.of('true', 'false'), steps: block(chance, names, deeper, 2) }],
        default: chance.in(2) ? block(chance, names, deeper, 2) : null,
      });
    case 'set':
      return step('set', id, { ...common, values: { note: { t: 'literal', value: id } } });
    case 'stop':
      // Rare, or nothing behind it would ever be reached.
      if (!chance.in(3)) return anyAction(chance, id, place, { ...common, approval });
      return step('stop', id, {
        ...common,
        outcome: chance.of('succeeded', 'failed', 'denied'),
        reason: { t: 'literal', value: id },
      });
    case 'parallel':
      return step('parallel', id, {
        ...common,
        branches: ['x', 'y', 'z'].map((name) => ({ name, steps: block(chance, names, inBranch, 2) })),
        join: chance.of('all', 'settle', 'any'),
      });
    case 'foreach':
      return foreachStep(path, block(chance, names, inner, 2), {
        ...common,
        list: chance.of('inputs.hosts', 'inputs.hosts', '[]', '["one"]'),
        as: `${id}_item`,
        key: `${id}_item`,
        maxParallel: chance.of(1, 2, 4),
        onItemError: chance.of('continue', 'stop'),
        approval,
        collect: chance.in(3) ? { t: 'expr', expr: 'index' } : null,
        readsItems: chance.in(3),
      });
    case 'repeat':
      return repeatStep(path, block(chance, names, inner, 2), {
        ...common,
        until: chance.of('true', 'false', 'inputs.missing'),
        everyMs: chance.of(0, 30_000),
      });
    case 'wait':
      return waitStep(id, anyWait(chance), common);
    case 'call':
      return callStep(id, { ...common, attach: !chance.in(3), approval });
    case 'undo':
      return undoStep(id, { ...common, approval });
  }
}

function anyAction(
  chance: Chance,
  id: string,
  place: Place,
  common: Parameters<typeof actionStep>[1],
): PlanStep {
  const known = actionStep(id, {
    ...common,
    class: place.closing ? chance.of('read', 'notify') : chance.of('contain', 'contain', 'eradicate', 'read'),
    deadlineMs: chance.of(3_600_000, 60_000),
    rollback: chance.in(8) ? { kind: 'none' } : { kind: 'default' },
    lease: chance.in(8) ? { forMs: 600_000, warnMs: 60_000, atEnd: 'ask' } : null,
  });
  const action = {
    ...known.action,
    idempotent: chance.of('native' as const, 'check-then-act' as const, 'no' as const),
    canCheck: chance.in(2),
    ...(chance.in(8) && !place.closing
      ? { inverse: { kind: 'irreversible' as const, reason: 'sent is sent' } }
      : {}),
  };
  return { ...known, action };
}

function anyWait(chance: Chance): Extract<PlanStep, { kind: 'wait' }>['wait'] {
  if (chance.in(3)) return { for: 'duration', ms: 600_000 };
  if (chance.in(4)) return { for: 'instant', until: { t: 'expr', expr: 'string(now())' } };
  return {
    for: 'signal',
    type: 'incident.updated',
    match: chance.of(null, 'signal.good == true'),
    key: null,
    timeoutMs: 1_200_000,
    onTimeout: chance.of('continue', 'fail'),
  };
}

function onError(chance: Chance, names: Names, place: Place): PlanOnError {
  const then = place.closing
    ? chance.of('fail' as const, 'continue' as const)
    : chance.of('fail' as const, 'fail' as const, 'continue' as const, 'undo' as const);
  const steps =
    place.depth < 3 && chance.in(5) ? block(chance, names, { ...place, depth: place.depth + 2 }, 1) : [];
  return { steps, then };
}
