import { createRegistry } from '../../actions/registry.ts';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { connectionsOf, type PlaybookUnderTest } from '../../engine/core/cases/playbook-under-test.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Mode } from '../../engine/core/contracts/plan.ts';
import type { Guardrails } from '../../engine/core/guard/guardrails.ts';
import type { PreviewStep } from '../../engine/core/preview/preview.ts';
import { type Previewed, previewRun } from '../../engine/core/preview/preview-run.ts';
import { startByHand } from '../../engine/core/preview/start-preview.ts';
import type { ReadAnswer } from '../../engine/core/preview/walker.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { flatSteps } from './flat-steps.ts';

/** A playbook around some steps, for the shipped actions, started by hand. */
export function playbookText(steps: string, more = '', id = 'under-test'): string {
  return `kind: playbook/v1
id: ${id}
title: A playbook under test
description: Made for one test.
status: stable
author: Blue Team
owner: group:soc
falsepositives: [None]
triggers: [{ id: by_hand, type: manual, targets: [host, user] }]
inputs:
  host_id: { type: string, default: H1 }
  list: { type: array, items: { type: string }, default: [a, b] }
${more}steps:
${steps}`;
}

export interface Looked extends Previewed {
  /** The step at a path; throws when a dry run does not show it. */
  at(path: string): PreviewStep;
}

export function look(
  text: string,
  options: {
    mode?: Mode;
    inputs?: JsonObject;
    reads?: { [path: string]: ReadAnswer };
    beside?: string[];
    guardrails?: Guardrails;
    stepsMost?: number;
  } = {},
): Looked {
  const under = compiled(text, options.beside ?? []);
  const started = startByHand(under.loaded, {
    target: null,
    inputs: options.inputs ?? {},
    mode: options.mode ?? null,
    trigger: null,
    routing: null,
    nowMs: Date.parse('2026-11-20T00:00:00Z'),
  });
  if (!started.ok) throw new Error(started.message);
  const { given, openInputs } = started.run;
  const previewed = previewRun({
    plan: under.loaded.plan,
    given,
    nowMs: given.createdAtMs,
    connections: connectionsOf(under),
    openInputs,
    children: Object.fromEntries(Object.entries(under.children).map(([id, { plan }]) => [id, plan])),
    reads: new Map(Object.entries(options.reads ?? {})),
    ...(options.guardrails !== undefined && { guardrails: options.guardrails }),
    ...(options.stepsMost !== undefined && { stepsMost: options.stepsMost }),
  });
  return {
    ...previewed,
    at(path) {
      const found = flatSteps(previewed.tree).find((step) => step.path === path);
      if (found === undefined) {
        const paths = flatSteps(previewed.tree).map((step) => step.path);
        throw new Error(`no step ${path} among ${paths.join(', ')}`);
      }
      return found;
    },
  };
}

function compiled(text: string, beside: string[]): PlaybookUnderTest {
  const files = [text, ...beside].map((each, index) => ({ file: `${index}.yaml`, text: each }));
  const set = new CompiledSet(files, manifestsOf(createRegistry()));
  for (const { file } of files) {
    const each = set.get(file);
    if (each?.ok !== true) {
      const said = each?.diagnostics
        .map(({ line, code, message }) => `${line} ${code} ${message}`)
        .join('\n');
      throw new Error(`${file}: ${said}`);
    }
  }
  const first = set.get('0.yaml');
  if (first?.ok !== true) throw new Error('it does not compile');
  return first.under;
}

export const readHost = `  - id: asset
    action: inventory.get-host
    with: { host_id: "\${{ inputs.host_id }}" }
`;

export const isolate = `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", scope: full, comment: test }
    lease: 1h
`;

export function indented(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}

/** Steps at the top of a playbook. */
export function steps(...texts: string[]): string {
  return texts.map((text) => indented(text, 2)).join('');
}

/** The two steps without their place in a playbook. */
export const read = readHost.replaceAll(/^ {2}/gm, '');
export const contain = isolate.replaceAll(/^ {2}/gm, '');
