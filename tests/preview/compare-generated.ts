import { expect } from 'vitest';
import type { ApprovalRequest, RenderedAction } from '../../engine/core/contracts/command.ts';
import type { PreviewStep } from '../../engine/core/preview/preview.ts';
import { previewRun } from '../../engine/core/preview/preview-run.ts';
import type { ReadAnswer } from '../../engine/core/preview/walker.ts';
import { stepAt } from '../../engine/core/run/list-steps.ts';
import { toRuntimePath } from '../../engine/core/run/scope-path.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { testPlaybooks } from '../compile/children.ts';
import { givenOf } from '../decide/build-plan.ts';
import { Chance } from '../decide/chance.ts';
import { Schedule } from '../decide/random-schedule.ts';
import { connections, hostIds, outputsOf, userIds } from '../generated/catalogue.ts';
import { generatedPlan } from '../generated/play-generated.ts';
import { flatSteps } from './flat-steps.ts';
import { shownAs } from './shown-as.ts';

/*
 * Playbooks that nobody wrote, driven through worlds that nobody foresaw: whatever such a run does or
 * asks, and every step that it begins, was shown by the dry run of the same start, with the same arguments where it claimed to know them.
 */

const children = Object.fromEntries([...testPlaybooks].map(([id, { plan }]) => [id, plan]));

interface Done {
  path: string;
  rendered: RenderedAction;
}

/** Throws when the dry run did not show what the run did. */
export function compare(number: number, drive: number): { effects: number; questions: number } {
  const plan = generatedPlan(number);
  const chance = new Chance(Math.imul(number, 31) + drive);
  const start = { inputs: inputsBy(chance) };
  const given = givenOf(plan, start);
  const done: Done[] = [];
  const asked: { path: string; request: ApprovalRequest }[] = [];
  const reads = new Map<string, ReadAnswer>();
  const edited = new Set<string>();
  const begun = new Set<string>();
  const outside = {
    given: start,
    connections,
    outputs: outputsOf,
    childOutputs: { found: 0, clean: true, label: 'Mailbox', mailbox: 'x' },
    signal: (good: boolean) => ({
      incident: { id: good ? 'I1' : 'I2', status: good ? 'resolved' : 'active' },
    }),
    edited: 'H1',
  };
  new Schedule(plan, Math.imul(number, 17) + drive, outside).play(({ scope, after, commands }) => {
    if (scope.kind === 'undo') return;
    for (const command of commands) {
      if (command.kind === 'enqueue-attempt' && command.purpose === 'perform')
        done.push({ path: command.ref, rendered: command.rendered });
      if (command.kind === 'request-approval') asked.push({ path: command.ref, request: command.request });
    }
    if (!('context' in after)) return;
    for (const [path, state] of Object.entries(after.context.steps)) {
      const step = stepAt(plan, path);
      const name = toRuntimePath(scope, path);
      if (step !== undefined && state.status !== 'pending' && state.status !== 'skipped') begun.add(name);
      if (Object.keys(state.edits).length > 0) edited.add(name);
      if (step?.kind !== 'action' || step.action.class !== 'read') continue;
      if (state.status === 'succeeded') reads.set(name, { is: 'found', outputs: state.outputs });
      if (state.status === 'failed' && state.failure !== null)
        reads.set(name, { is: 'failed', failure: state.failure });
    }
  });
  for (const known of [new Map<string, ReadAnswer>(), reads]) {
    const { tree } = previewRun({
      plan,
      given,
      nowMs: given.createdAtMs,
      connections,
      openInputs: [],
      children,
      reads: known,
    });
    const nodes = flatSteps(tree);
    const about = (path: string) => `playbook ${number}, drive ${drive}, ${known.size} reads, ${path}`;
    const at = (path: string): PreviewStep | undefined => {
      const paths = shownAs(path);
      return nodes.find((node) => paths.includes(node.path) && node.reached !== 'no');
    };
    for (const { path, rendered } of done) {
      const node = at(path);
      expect(node?.action?.key, about(path)).toBe(rendered.action);
      if (edited.has(path)) continue;
      for (const value of node?.action?.arguments ?? [])
        if (value.known) expect(rendered.arguments[value.name], about(path)).toEqual(value.value);
    }
    for (const { path } of asked) expect(at(path), about(path)).toBeDefined();
    for (const path of begun) expect(at(path), about(path)).toBeDefined();
  }
  return { effects: done.length, questions: asked.length };
}

function inputsBy(chance: Chance): JsonObject {
  return {
    host_id: chance.of(...hostIds),
    user_id: chance.of(...userIds),
    sender: 'a@example.test',
    incident_id: chance.of('I1', 'I2'),
    start_at: '1970-01-01T03:00:00Z',
    flag: chance.in(2),
    word: chance.of('a', 'b', 'c'),
    hosts: hostIds.slice(0, chance.below(4)),
  };
}
