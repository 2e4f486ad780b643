import type { JsonObject } from '../../../schemas/json.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import type { Failure } from '../contracts/action.ts';
import type { RenderedAction } from '../contracts/command.ts';
import type { ActionStep } from '../contracts/plan.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { validatorOf } from '../schema/validator-of.ts';
import { actionKey } from './action-key.ts';
import { emptyStep, type RunContext } from './context.ts';
import { visibleNames } from './visible-names.ts';

export type RenderedOrFailure = { ok: true; rendered: RenderedAction } | { ok: false; failure: Failure };

/** Fills an action step with its values and checks them against the action's input schema (T9). */
export function renderAction(context: RunContext, step: ActionStep): RenderedOrFailure {
  const filled = renderTemplate({ t: 'map', fields: step.with }, visibleNames(context, step.path));
  if (!filled.ok)
    return refuse(filled.code, `the arguments of "${step.id}" could not be filled: ${filled.message}`);
  if (!isJsonObject(filled.value)) return refuse('action/invalid-input', 'the arguments are not a map');
  const problems = validatorOf(step.action.input)(filled.value);
  if (problems.length > 0) {
    const said = problems.map((problem) => `${problem.pointer || 'with'}: ${problem.message}`).join('; ');
    return refuse(
      'action/invalid-input',
      `the arguments of "${step.id}" do not fit ${step.action.key}: ${said}`,
    );
  }
  const connection = connectionOf(context, step);
  if (typeof connection !== 'string') return { ok: false, failure: connection };
  const target = targetOf(step, filled.value);
  if (target === undefined) {
    return refuse('action/invalid-input', `"${step.action.target?.argument}" must name the target`);
  }
  const generation = (context.steps[step.path] ?? emptyStep).generation;
  return {
    ok: true,
    rendered: {
      action: step.action.key,
      actionVersion: step.action.version,
      class: step.action.class,
      system: systemOf(step),
      connection,
      arguments: filled.value,
      target,
      actionKey: actionKey('do', context.env.given.runId, step.path, generation),
      generation,
    },
  };
}

export function systemOf(step: ActionStep): string {
  return step.action.key.slice(0, step.action.key.indexOf('.'));
}

function connectionOf(context: RunContext, step: ActionStep): string | Failure {
  const system = systemOf(step);
  const known = context.env.connections[system] ?? [];
  if (step.connection !== null) {
    if (known.includes(step.connection)) return step.connection;
    return unknownConnection(`no connection "${step.connection}" is configured for ${system}`);
  }
  const [only, ...others] = known;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) return unknownConnection(`no connection is configured for ${system}`);
  return unknownConnection(`${system} has the connections ${known.join(', ')}: name one with "connection"`);
}

function unknownConnection(message: string): Failure {
  return { code: 'action/unknown-connection', kind: 'terminal', message };
}

function targetOf(step: ActionStep, filled: JsonObject): RenderedAction['target'] | undefined {
  if (step.action.target === null) return null;
  const id = filled[step.action.target.argument];
  if (typeof id !== 'string' || id === '') return undefined;
  return { kind: step.action.target.kind, id };
}

function refuse(code: string, message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: { code, kind: 'terminal', message } };
}
