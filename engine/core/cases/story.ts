import type { JsonObject } from '../../../schemas/json.ts';
import { invariant } from '../contracts/invariant.ts';
import type { Plan } from '../contracts/plan.ts';
import type { Scope } from '../expression/evaluate.ts';
import type { RunContext, Snapshot } from '../run/context.ts';
import { everyStep } from '../run/list-steps.ts';
import { toRuntimePath } from '../run/scope-path.ts';
import { visibleNames } from '../run/visible-names.ts';
import type { HeldAtEnd } from './holds.ts';
import type { Asked, OfflineRun, Performed, TimedEntry } from './offline-run.ts';
import { stepName } from './offline-run.ts';
import type { Trouble, World } from './world.ts';

/** What a case did, in the words in which expectations are written. */
export interface Story {
  startMs: number;
  /** Why the alert started nothing; null when it did. */
  notStarted: string | null;
  state: string;
  reason: string;
  outputs: JsonObject;
  /** State by step name; what never began is not in it. */
  steps: ReadonlyMap<string, string>;
  performed: readonly Performed[];
  asked: readonly Asked[];
  holds: readonly HeldAtEnd[];
  entries: readonly TimedEntry[];
  troubles: readonly Trouble[];
  usedDecisions: ReadonlySet<number>;
  /** What `expect.check` can read; null when nothing started. */
  names: Scope | null;
}

export function storyOf(world: World): Story {
  const [root] = world.runs;
  invariant(root !== undefined, 'a run was opened');
  return {
    startMs: world.parts.startMs,
    notStarted: null,
    state: root.end?.outcome ?? 'running',
    reason: root.end?.reason ?? '',
    outputs: root.end?.outputs ?? {},
    steps: stepsOf(world.runs),
    performed: [...world.performed.values()],
    asked: world.asked,
    holds: world.records.holds.own(),
    entries: world.entries,
    troubles: world.troubles,
    usedDecisions: world.usedDecisions,
    names: namesAtEnd(world, root),
  };
}

export function untold(startMs: number, reason: string): Story {
  return {
    startMs,
    notStarted: reason,
    state: 'not-started',
    reason,
    outputs: {},
    steps: new Map(),
    performed: [],
    asked: [],
    holds: [],
    entries: [],
    troubles: [],
    usedDecisions: new Set(),
    names: null,
  };
}

function stepsOf(runs: readonly OfflineRun[]): Map<string, string> {
  const steps = new Map<string, string>();
  for (const run of runs) {
    for (const scope of run.scopes.values()) {
      if (scope.given.kind === 'undo') continue;
      const stored = scope.snapshot as unknown as Partial<Snapshot> | null;
      for (const [path, state] of Object.entries(stored?.context?.steps ?? {})) {
        steps.set(stepName(run, toRuntimePath(scope.given, path)), state.status);
      }
    }
  }
  return steps;
}

function namesAtEnd(world: World, root: OfflineRun): Scope | null {
  const scope = root.scopes.get('run');
  const stored = scope?.snapshot as unknown as Snapshot | null | undefined;
  if (scope === undefined || stored === null || stored === undefined) return null;
  const context: RunContext = {
    ...stored.context,
    env: {
      plan: root.plan,
      given: root.given,
      scope: scope.given,
      nowMs: world.nowMs,
      connections: world.parts.connections,
      event: { type: 'run.started' },
    },
  };
  const visible = visibleNames(context);
  return { ...visible, names: { ...visible.names, outputs: root.end?.outputs ?? {} } };
}

/** Step names of a plan: `isolate`, `sweep/quarantine`. */
export function knownSteps(plan: Plan): Set<string> {
  const names = new Set<string>();
  for (const { id, path } of everyStep(plan)) {
    names.add(path.replace(/^run\//, ''));
    names.add(id);
  }
  return names;
}
