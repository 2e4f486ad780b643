import type { Plan, PlanDigest, PlanPositions } from '../contracts/plan.ts';
import { type Diagnostic, type Problem, sortDiagnostics, toDiagnostic } from '../diagnostics/diagnostic.ts';
import { indexLines } from '../diagnostics/position.ts';
import { checkShape } from './check-shape.ts';
import { checkSites } from './check-sites.ts';
import type {
  ActionManifests,
  Callable,
  Callables,
  CheckableManifest,
  CompileContext,
  Connections,
  Rule,
} from './context.ts';
import { traceFlow } from './flow.ts';
import { withoutIgnored } from './ignore-comments.ts';
import { lowerPlan } from './lower-plan.ts';
import { outOfProportion } from './out-of-proportion.ts';
import { outlinePlaybook, type StepSite } from './outline.ts';
import { planDigest } from './plan-digest.ts';
import { planPositions } from './plan-positions.ts';
import { readYaml } from './read-yaml.ts';
import { ambiguousScalar } from './rules/ambiguous-scalar.ts';
import { argumentType } from './rules/argument-type.ts';
import { badExpression } from './rules/bad-expression.ts';
import { callCycle } from './rules/call-cycle.ts';
import { constantCondition } from './rules/constant-condition.ts';
import { racingContainment, ungatedContainment } from './rules/containment.ts';
import { deprecatedAction } from './rules/deprecated-action.ts';
import { duplicateId } from './rules/duplicate-id.ts';
import { effectInFinally } from './rules/effect-in-finally.ts';
import { gateCovers } from './rules/gate-covers.ts';
import { impossibleApproval } from './rules/impossible-approval.ts';
import { inputsFilled } from './rules/inputs-filled.ts';
import { invalidArgument } from './rules/invalid-argument.ts';
import { joinedValue } from './rules/joined-value.ts';
import { missingFalsepositives, modeAboveStatus } from './rules/lifecycle.ts';
import { loopKey } from './rules/loop-key.ts';
import { loopTooLarge } from './rules/loop-too-large.ts';
import { maskField } from './rules/mask-field.ts';
import { maybeMissing } from './rules/maybe-missing.ts';
import { missingDefault } from './rules/missing-default.ts';
import { missingInverse } from './rules/missing-inverse.ts';
import { neverMatches } from './rules/never-matches.ts';
import { overLimit } from './rules/over-limit.ts';
import { setVariable } from './rules/set-variable.ts';
import { shadowedName } from './rules/shadowed-name.ts';
import { unboundedWait } from './rules/unbounded-wait.ts';
import { undoOfNothing } from './rules/undo-of-nothing.ts';
import { undoTargets } from './rules/undo-targets.ts';
import { unkeyedSince } from './rules/unkeyed-since.ts';
import { unknownAction, unknownGuardedAction } from './rules/unknown-action.ts';
import { unknownConnection } from './rules/unknown-connection.ts';
import { unknownDestination } from './rules/unknown-destination.ts';
import { unknownName } from './rules/unknown-name.ts';
import { unknownPlaybook } from './rules/unknown-playbook.ts';
import { unknownStep } from './rules/unknown-step.ts';
import { unreachableStep } from './rules/unreachable-step.ts';
import { unreleasedContainment } from './rules/unreleased-containment.ts';
import { untrustedInput } from './rules/untrusted-input.ts';
import { mapField, type PlaybookSource, textField } from './source-node.ts';
import { findAction, findManifest } from './step-facts.ts';

/*
 * Text → PlaybookSource → Plan. Decides whether a playbook may be published and what exactly
 * would run. Refuses to know the world: no files, no clock, no connection is opened.
 */

export interface CompileOptions {
  /** As diagnostics name it. */
  file: string;
  registry: ActionManifests;
  /** Ids of the configured connections by system; left out, connections are not checked. */
  connections?: Connections;
  /** How a `call` resolves: the current version of every playbook that may be called. */
  playbooks?: Callables;
  /** Ids of playbooks that are there and do not compile: calling one is not a mistake of the caller's. */
  refused?: ReadonlySet<string>;
}

export type Compilation =
  | {
      ok: true;
      plan: Plan;
      digest: PlanDigest;
      source: PlaybookSource;
      positions: PlanPositions;
      /** Warnings only. */
      diagnostics: Diagnostic[];
    }
  | { ok: false; diagnostics: Diagnostic[] };

// Visible on purpose: a rule that is not listed here does not exist.
const rules: readonly Rule[] = [
  ambiguousScalar,
  unknownAction,
  unknownGuardedAction,
  deprecatedAction,
  unknownConnection,
  unknownDestination,
  unknownPlaybook,
  callCycle,
  missingInverse,
  undoTargets,
  loopKey,
  invalidArgument,
  argumentType,
  untrustedInput,
  duplicateId,
  shadowedName,
  setVariable,
  badExpression,
  joinedValue,
  unknownStep,
  unknownName,
  maybeMissing,
  constantCondition,
  neverMatches,
  inputsFilled,
  gateCovers,
  impossibleApproval,
  maskField,
  unreachableStep,
  missingDefault,
  racingContainment,
  ungatedContainment,
  unreleasedContainment,
  undoOfNothing,
  unboundedWait,
  unkeyedSince,
  loopTooLarge,
  effectInFinally,
  modeAboveStatus,
  missingFalsepositives,
  overLimit,
];

/** Compiles one file. Every problem is reported at once, sorted by place; never throws on input. */
export function compilePlaybook(text: string, options: CompileOptions): Compilation {
  const { file } = options;
  const { root, problems: readProblems } = readYaml(text);
  if (!root) return { ok: false, diagnostics: report(readProblems, file, text) };
  const tooMuch = outOfProportion(root);
  if (tooMuch !== null) return { ok: false, diagnostics: report([...readProblems, tooMuch], file, text) };

  const source: PlaybookSource = { file, text, root };
  const context = examine(source, options);
  const problems = [
    ...readProblems,
    ...checkShape(source),
    ...context.templateProblems,
    ...rules.flatMap((rule) => rule(context)),
  ];
  const diagnostics = report(problems, file, text);
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics };

  const plan = lowerPlan(context);
  const positions = planPositions(source, context.outline);
  return { ok: true, plan, digest: planDigest(plan), source, positions, diagnostics };
}

function examine(
  source: PlaybookSource,
  options: CompileOptions,
): CompileContext & { templateProblems: Problem[] } {
  const { registry, connections = null, playbooks = new Map(), refused = new Set() } = options;
  const outline = outlinePlaybook(source);
  const flow = traceFlow(outline);
  const manifests = new Map<StepSite, CheckableManifest>();
  const rollbacks = new Map<StepSite, CheckableManifest>();
  const children = new Map<StepSite, Callable>();
  for (const step of outline.all) {
    const manifest = findManifest(step, registry);
    if (manifest) manifests.set(step, manifest);
    const rollback = findAction(textField(mapField(step.node, 'rollback'), 'action') ?? '', registry);
    if (rollback) rollbacks.set(step, rollback);
    const child = step.kind === 'call' ? playbooks.get(textField(step.node, 'call') ?? '') : undefined;
    if (child) children.set(step, child);
  }
  const known = {
    source,
    outline,
    flow,
    registry,
    connections,
    manifests,
    rollbacks,
    playbooks,
    refused,
    children,
  };
  const { expressions, templateProblems } = checkSites(known);
  return { ...known, expressions, templateProblems };
}

function report(problems: readonly Problem[], file: string, text: string): Diagnostic[] {
  const lines = indexLines(text);
  const seen = new Set<string>();
  const all = problems.map((problem) => toDiagnostic(problem, file, lines));
  const errorPlaces = new Set(all.filter(({ severity }) => severity === 'error').map(placeKey));
  const kept = all.filter((diagnostic) => {
    // One expression may be checked for several triggers or steps: said once is enough. And a
    // value that is wrong need not also be called odd.
    const key = `${placeKey(diagnostic)} ${diagnostic.code}`;
    if (seen.has(key) || (diagnostic.severity !== 'error' && errorPlaces.has(placeKey(diagnostic))))
      return false;
    seen.add(key);
    return true;
  });
  return sortDiagnostics(withoutIgnored(kept, text));
}

function placeKey({ line, column }: Diagnostic): string {
  return `${line}:${column}`;
}
