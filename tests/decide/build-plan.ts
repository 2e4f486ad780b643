import { buildMachine } from '../../engine/core/compile/build-machine.ts';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import type { ActionStep, Plan, PlanApproval, PlanStep } from '../../engine/core/contracts/plan.ts';
import type { RunGiven, Snapshot } from '../../engine/core/run/context.ts';
import { type Deciding, type Decision, decide, initialSnapshot } from '../../engine/core/run/decide.ts';
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
      inverse: { kind: 'action', action: 'edr.release-host', arguments: { host_id: 'host_id' } },
      example: { state: 'isolated' },
      facts: {},
      canCheck: true,
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

export function planOf(steps: PlanStep[], change: Partial<Plan> = {}): Plan {
  return {
    compilerVersion: 1,
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
  options: { given?: Partial<RunGiven>; guards?: 'allowed' | 'by-hand' } = {},
): Playing {
  const machine = buildMachine(plan);
  const given: RunGiven = {
    runId: 'run_1' as RunId,
    tenant: 'default' as TenantId,
    playbookVersion: 1,
    digest: 'sha256:00',
    sourceSha256: '00',
    mode: plan.mode,
    triggerId: 't',
    alertId: null,
    incidentId: null,
    alert: { title: 'Ransomware' },
    inputs: { host_id: 'H17' },
    startedBy: 'trigger:t',
    createdAtMs: 0,
    url: 'http://riposte.example/runs/run_1',
    seed: '00',
    excluded: [],
    ...options.given,
  };
  let snapshot = initialSnapshot(machine);
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
        machine,
        given,
        nowMs: playing.nowMs,
        connections: { edr: ['lab'], chat: ['lab'] },
      };
      const decision = decide(deciding, JSON.parse(JSON.stringify(snapshot)) as Snapshot, event);
      snapshot = decision.snapshot;
      const all: Decision = { ...decision, commands: [...decision.commands], entries: [...decision.entries] };
      for (const command of decision.commands) {
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
