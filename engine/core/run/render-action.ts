import type { JsonObject } from '../../../schemas/json.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import type { Failure, Sending } from '../contracts/action.ts';
import type { RenderedAction } from '../contracts/command.ts';
import type { ActionStep } from '../contracts/plan.ts';
import type { Evaluated } from '../expression/evaluate.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { canonicalTarget } from '../guard/canonical-target.ts';
import { validatorOf } from '../schema/validator-of.ts';
import { recordOf } from '../undo/undo-record.ts';
import { actionKey } from './action-key.ts';
import { emptyStep, type RunContext } from './context.ts';
import { withOwnSource } from './own-incident.ts';
import { runPath } from './turn.ts';
import { visibleNames } from './visible-names.ts';

export type RenderedOrFailure = { ok: true; rendered: RenderedAction } | { ok: false; failure: Failure };

const nothingToShow: Sending = { ok: true, shows: {} };

/** Fills an action step with its values and checks them against the action's input schema (T9). */
export function renderAction(
  context: RunContext,
  step: ActionStep,
  edits: JsonObject = (context.steps[step.path] ?? emptyStep).edits,
): RenderedOrFailure {
  const filled = fillArguments(context, step);
  if (!filled.ok)
    return refuse(filled.code, `the arguments of "${step.id}" could not be filled: ${filled.message}`);
  if (!isJsonObject(filled.value)) return refuse('action/invalid-input', 'the arguments are not a map');
  const values = withOwnSource({ ...filled.value, ...edits }, step.action.target, context.env.given.incident);
  const problems = validatorOf(step.action.input)(values);
  if (problems.length > 0) {
    const said = problems.map((problem) => `${problem.pointer || 'with'}: ${problem.message}`).join('; ');
    return refuse(
      'action/invalid-input',
      `the arguments of "${step.id}" do not fit ${step.action.key}: ${said}`,
    );
  }
  const connection = connectionOf(context, step);
  if (typeof connection !== 'string') return { ok: false, failure: connection };
  const target = targetOf(step, values);
  if (target === undefined) {
    return refuse('action/invalid-input', `"${step.action.target?.argument}" must name the target`);
  }
  const sending = context.env.sends?.(step.action, connection, values) ?? nothingToShow;
  if (!sending.ok) return refuse('action/invalid-input', `"${step.id}" cannot be sent: ${sending.message}`);
  return {
    ok: true,
    rendered: {
      action: step.action.key,
      actionVersion: step.action.version,
      class: step.action.class,
      system: systemOf(step),
      connection,
      arguments: { ...values, ...sending.shows },
      target,
      ...nameOfEffect(context, step),
    },
  };
}

/** An inverse takes its arguments from what the success left behind; everything else from the playbook. */
function fillArguments(context: RunContext, step: ActionStep): Evaluated {
  const { scope } = context.env;
  if (scope.kind !== 'undo') {
    return renderTemplate({ t: 'map', fields: step.with }, visibleNames(context, step.path));
  }
  const { inverse } = recordOf(scope);
  return { ok: true, value: 'arguments' in inverse ? inverse.arguments : {} };
}

function nameOfEffect(context: RunContext, step: ActionStep): { actionKey: string; generation: number } {
  const { given, scope } = context.env;
  if (scope.kind === 'undo') {
    const { runId, stepPath, generation } = recordOf(scope);
    return { actionKey: actionKey('undo', runId, stepPath, generation), generation };
  }
  const path = runPath(context, step.path);
  const generation = given.generations[path] ?? 0;
  return { actionKey: actionKey('do', given.runId, path, generation), generation };
}

export function systemOf(step: ActionStep): string {
  return step.action.key.slice(0, step.action.key.indexOf('.'));
}

function connectionOf(context: RunContext, step: ActionStep): string | Failure {
  const system = systemOf(step);
  const known = context.env.connections[system] ?? [];
  const wanted = wantedConnection(context, step, known);
  if (wanted !== null) {
    if (known.includes(wanted)) return wanted;
    return unknownConnection(`no connection "${wanted}" is configured for ${system}`);
  }
  const [only, ...others] = known;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) return unknownConnection(`no connection is configured for ${system}`);
  return unknownConnection(`${system} has the connections ${known.join(', ')}: name one with "connection"`);
}

/** What was done through one connection is taken back through the same, if it leads to the same system. */
function wantedConnection(context: RunContext, step: ActionStep, known: readonly string[]): string | null {
  const { scope } = context.env;
  if (scope.kind !== 'undo') return step.connection;
  const { action, connection } = recordOf(scope);
  const sameSystem = action.startsWith(`${systemOf(step)}.`);
  return sameSystem || known.includes(connection) ? connection : null;
}

function unknownConnection(message: string): Failure {
  return { code: 'action/unknown-connection', kind: 'terminal', message };
}

function targetOf(step: ActionStep, filled: JsonObject): RenderedAction['target'] | undefined {
  if (step.action.target === null) return null;
  const id = filled[step.action.target.argument];
  if (typeof id !== 'string' || id === '') return undefined;
  const { kind } = step.action.target;
  return { kind, id: canonicalTarget(kind, id) };
}

function refuse(code: string, message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: { code, kind: 'terminal', message } };
}
