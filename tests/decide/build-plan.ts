import type { RunEvent } from '../../engine/core/contracts/command.ts';
import type {
  ActionStep,
  CallStep,
  ForeachStep,
  Plan,
  PlanAction,
  PlanApproval,
  PlanStep,
  RepeatStep,
  UndoStep,
  WaitStep,
} from '../../engine/core/contracts/plan.ts';
import type { ScopeGiven } from '../../engine/core/contracts/scope.ts';
import type { RunGiven, Snapshot } from '../../engine/core/run/context.ts';
import { type Deciding, type Decision, decide, initialSnapshot } from '../../engine/core/run/decide.ts';
import { decodeSnapshot, encodeSnapshot } from '../../engine/core/run/stored-snapshot.ts';
import type { RunId, TenantId } from '../../schemas/ids.ts';

/** Small plans written by hand, so that a decision test shows the plan and the events side by side. */

const base: Pick<ActionStep, 'name' | 'if' | 'onError' | 'onDenied'> = {
  name: 'A step',
  if: null,
  onError: { steps: [], then: 'fail' },
  onDenied: 'stop',
};

export const someApproval: PlanApproval = {
  when: null,
  ask: { t: 'literal', value: 'Isolate?' },
  why: null,
  evidence: [],
  approvers: ['group:soc'],
  quorum: 1,
  separate: true,
  expiresMs: 1_800_000,
  escalate: [],
  requireComment: 'on_deny',
  notify: [],
  editable: [],
};

export function actionStep(
  id: string,
  change: Partial<ActionStep> & { class?: ActionStep['action']['class'] } = {},
): ActionStep {
  const { class: actionClass = 'contain', ...rest } = change;
  return {
    ...base,
    kind: 'action',
    id,
    path: `run/${id}`,
    action: {
      key: 'edr.isolate-host',
      version: '1.0.0',
      title: 'Isolate a host',
      class: actionClass,
      input: {
        type: 'object',
        properties: { host_id: { type: 'string' } },
        required: ['host_id'],
        additionalProperties: false,
      },
      output: { type: 'object' },
      target: { argument: 'host_id', kind: 'host' },
      effect: 'network-isolated',
      effectSentence: 'Network access of {name} is cut.',
      idempotent: 'check-then-act',
      inverse:
        actionClass === 'read' || actionClass === 'notify'
          ? { kind: 'not-needed' }
          : { kind: 'action', action: 'edr.release-host', arguments: { host_id: 'host_id' } },
      example: { state: 'isolated' },
      facts: {},
      canCheck: true,
      timeoutMs: 60_000,
    },
    connection: null,
    with: { host_id: { t: 'expr', expr: 'inputs.host_id' } },
    timeoutMs: 60_000,
    deadlineMs: 3_600_000,
    retry: {
      maxAttempts: 3,
      backoff: 'exponential',
      initialMs: 5_000,
      maxMs: 120_000,
      on: ['throttled', 'unavailable', 'timeout'],
    },
    approval: null,
    fallbackApproval: someApproval,
    mask: [],
    lease: null,
    rollback: { kind: 'default' },
    ...rest,
  };
}

export function step<Kind extends PlanStep['kind']>(
  kind: Kind,
  id: string,
  fields: Omit<Extract<PlanStep, { kind: Kind }>, keyof typeof base | 'kind' | 'id' | 'path'> &
    Partial<typeof base>,
): PlanStep {
  return { ...base, kind, id, path: `run/${id}`, ...fields } as unknown as PlanStep;
}

/** What takes `edr.isolate-host` back. */
export const releaseHost: PlanAction = {
  ...actionStep('release').action,
  key: 'edr.release-host',
  title: 'Release a host',
  class: 'restore',
  effect: null,
  effectSentence: 'Network access of {name} is given back.',
  inverse: { kind: 'not-needed' },
  example: { state: 'released' },
};

const onePath = (id: string) => (id.startsWith('run') ? id : `run/${id}`);

/** `id` may be a whole path for a step inside a loop: `run/sweep/inner`. */
export function foreachStep(id: string, steps: PlanStep[], change: Partial<ForeachStep> = {}): ForeachStep {
  return {
    ...base,
    kind: 'foreach',
    id: id.slice(id.lastIndexOf('/') + 1),
    path: onePath(id),
    list: 'inputs.hosts',
    as: 'host',
    key: 'host',
    maxItems: 500,
    maxParallel: 1,
    onItemError: 'continue',
    collect: null,
    approval: null,
    fallbackApproval: someApproval,
    readsItems: false,
    steps,
    ...change,
  };
}

export function repeatStep(id: string, steps: PlanStep[], change: Partial<RepeatStep> = {}): RepeatStep {
  return {
    ...base,
    kind: 'repeat',
    id: id.slice(id.lastIndexOf('/') + 1),
    path: onePath(id),
    until: 'steps.check.outputs.done',
    max: 3,
    everyMs: 30_000,
    steps,
    ...change,
  };
}

export function waitStep(id: string, wait: WaitStep['wait'], change: Partial<WaitStep> = {}): WaitStep {
  return { ...base, kind: 'wait', id, path: onePath(id), wait, ...change };
}

export function callStep(id: string, change: Partial<CallStep> = {}): CallStep {
  return {
    ...base,
    kind: 'call',
    id,
    path: onePath(id),
    playbook: 'child',
    with: {},
    attach: true,
    approval: null,
    fallbackApproval: someApproval,
    ...change,
  };
}

export function undoStep(id: string, change: Partial<UndoStep> = {}): UndoStep {
  return {
    ...base,
    kind: 'undo',
    id,
    path: onePath(id),
    steps: 'all',
    reason: { t: 'literal', value: 'a false positive' },
    approval: null,
    fallbackApproval: someApproval,
    ...change,
  };
}

export const runScope: ScopeGiven = {
  path: 'run',
  kind: 'run',
  body: 'run',
  parent: null,
  frame: null,
  item: null,
};

export function planOf(steps: PlanStep[], change: Partial<Plan> = {}): Plan {
  return {
    compilerVersion: 2,
    playbook: {
      id: 'test',
      title: 'Test',
      description: '',
      version: '1.0.0',
      status: 'stable',
      author: 'a',
      owner: 'group:soc',
      tags: [],
      references: [],
      falsepositives: [],
    },
    mode: 'enforce',
    impact: 'contain',
    triggers: [],
    inputs: [],
    vars: [],
    dedupe: null,
    concurrency: null,
    timeoutMs: 86_400_000,
    guards: [],
    steps,
    onFailure: [],
    finally: [],
    outputs: {},
    inverses: { 'edr.release-host@1': releaseHost },
    children: {},
    ...change,
  };
}

/** What a run was given, as small as it gets. */
export function givenOf(plan: Plan, change: Partial<RunGiven> = {}): RunGiven {
  return {
    runId: 'run_1' as RunId,
    tenant: 'default' as TenantId,
    playbookVersion: 1,
    digest: 'sha256:00',
    sourceSha256: '00',
    mode: plan.mode,
    triggerId: 't',
    alertId: null,
    incidentId: null,
    incident: null,
    alert: { title: 'Ransomware' },
    inputs: { host_id: 'H17' },
    startedBy: 'trigger:t',
    createdAtMs: 0,
    url: 'http://riposte.example/runs/run_1',
    seed: '00',
    excluded: [],
    depth: 0,
    chain: 0,
    generations: {},
    ...change,
  };
}

export interface Playing {
  readonly snapshot: Snapshot;
  readonly last: Decision;
  nowMs: number;
  status(id: string): string;
  send(event: RunEvent): Decision;
  /** Kinds of the last commands, in order. */
  orders(): string[];
}

/** Plays events one by one; guards answer "allowed" by themselves unless told otherwise. */
export function play(
  plan: Plan,
  options: {
    given?: Partial<RunGiven>;
    guards?: 'allowed' | 'by-hand';
    scope?: ScopeGiven;
    snapshot?: Snapshot;
  } = {},
): Playing {
  const scope = options.scope ?? runScope;
  const given = givenOf(plan, options.given);
  let snapshot = options.snapshot ?? initialSnapshot(plan, scope);
  let last: Decision | undefined;
  const playing: Playing = {
    nowMs: 1_000,
    get snapshot() {
      return snapshot;
    },
    get last() {
      if (last === undefined) throw new Error('nothing was sent yet');
      return last;
    },
    status: (id) => snapshot.context.steps[`run/${id}`]?.status ?? 'pending',
    orders: () => playing.last.commands.map((command) => command.kind),
    send(event) {
      const deciding: Deciding = {
        plan,
        given,
        scope,
        nowMs: playing.nowMs,
        connections: { edr: ['lab'], chat: ['lab'] },
      };
      const decision = decide(deciding, decodeSnapshot(encodeSnapshot(snapshot)), event);
      snapshot = decision.snapshot as Snapshot;
      const all: Decision = { ...decision, commands: [...decision.commands], entries: [...decision.entries] };
      for (const command of decision.commands) {
        if (command.kind === 'foresee-guards') {
          const next = playing.send({ type: 'guards.foreseen', ref: command.ref, demand: null });
          all.commands.push(...next.commands);
          all.entries.push(...next.entries);
          continue;
        }
        if (command.kind !== 'check-guards' || options.guards === 'by-hand') continue;
        const answer: RunEvent =
          command.deny === null
            ? { type: 'guard.allowed', ref: command.ref }
            : {
                type: 'guard.denied',
                ref: command.ref,
                guardId: command.deny.guardId,
                message: command.deny.message,
              };
        const next = playing.send(answer);
        all.commands.push(...next.commands);
        all.entries.push(...next.entries);
        all.finished ||= next.finished;
      }
      last = all;
      return all;
    },
  };
  return playing;
}
