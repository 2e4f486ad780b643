import type { Answer, Answers } from '../../../schemas/cases-v1.generated.ts';
import { nodeAt, pointerTo } from '../compile/source-node.ts';
import type { PlanAction } from '../contracts/plan.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../diagnostics/nearest-name.ts';
import { validatorOf } from '../schema/validator-of.ts';
import { actionSteps, actionsOf, type PlaybookUnderTest, plansOf } from './playbook-under-test.ts';
import { type CaseFile, remark, type WrittenCase } from './read-cases.ts';
import { knownSteps } from './story.ts';

/*
 * A case file against its playbook, before anything is played: names that the playbook does not have,
 * and answers that the action could not give. What is wrong here would make a case pass for nothing.
 */
export function checkCaseFile(file: CaseFile, under: PlaybookUnderTest): Diagnostic[] {
  const known = knownOf(under);
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  for (const one of file.cases) {
    for (const [name, answers] of Object.entries(one.given.actions ?? {})) {
      const path = placeOfAnswer(file, one, name);
      if (seen.has(path)) continue;
      seen.add(path);
      found.push(...checkAnswers(file, path, name, answers, known));
    }
    found.push(...checkNames(file, one, known, seen));
  }
  return found;
}

interface Known {
  actions: ReadonlyMap<string, PlanAction>;
  /** The action of a step, by every name that an answer may use. */
  byStep: ReadonlyMap<string, PlanAction>;
  steps: ReadonlySet<string>;
  guards: ReadonlySet<string>;
  inputs: ReadonlySet<string>;
  failureCodes(action: string): readonly string[];
}

function knownOf(under: PlaybookUnderTest): Known {
  const { plan } = under.loaded;
  const byStep = new Map<string, PlanAction>();
  for (const each of plansOf(under)) {
    for (const step of actionSteps(each)) {
      const name = step.path.replace(/^run\//, '');
      if (each === plan) {
        byStep.set(name, step.action);
        byStep.set(step.id, step.action);
      } else byStep.set(`*/${name}`, step.action);
    }
  }
  return {
    actions: actionsOf(under),
    byStep,
    steps: knownSteps(plan),
    guards: new Set(plan.guards.map(({ id }) => id)),
    inputs: new Set(plan.inputs.map(({ name }) => name)),
    failureCodes: (action) => under.manifests.get(action)?.failureCodes ?? [],
  };
}

function checkAnswers(
  file: CaseFile,
  path: string,
  name: string,
  answers: Answers,
  known: Known,
): Diagnostic[] {
  const action = actionOfName(name, known);
  if (action === undefined) {
    const near = nearestName(name, [...known.actions.keys(), ...known.byStep.keys()]);
    const help = near === null ? undefined : `did you mean "${near}"?`;
    return [
      remark(
        file,
        'case/unknown-name',
        path,
        `no step and no action of the playbook is called "${name}"`,
        help,
      ),
    ];
  }
  if (!Array.isArray(answers)) return checkAnswer(file, path, answers, action, known);
  return answers.flatMap((answer, index) => checkAnswer(file, pointerTo(path, index), answer, action, known));
}

function actionOfName(name: string, known: Known): PlanAction | undefined {
  const plain = name.replaceAll(/\[[^\]]*\]|#\d+(?=\/|$)/g, '');
  const inner = plain.indexOf('/') === -1 ? plain : `*/${plain.slice(plain.indexOf('/') + 1)}`;
  return known.byStep.get(plain) ?? known.actions.get(name) ?? known.byStep.get(inner);
}

function checkAnswer(
  file: CaseFile,
  path: string,
  answer: Answer,
  action: PlanAction,
  known: Known,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const drift = (at: string, message: string) => found.push(remark(file, 'case/schema-drift', at, message));
  const outputs = (value: Answer['outputs'], at: string) => {
    if (value === undefined) return;
    for (const problem of validatorOf(action.output)(value)) {
      drift(
        `${at}${problem.pointer}`,
        `${action.key} never answers this: outputs${problem.pointer.replaceAll('/', '.')} ${problem.message}`,
      );
    }
  };
  outputs(answer.outputs, `${path}/outputs`);
  const codes = known.failureCodes(action.key);
  if (answer.fail !== undefined && codes.length > 0 && !codes.includes(answer.fail)) {
    drift(`${path}/fail`, `${action.key} never fails with "${answer.fail}"; it knows ${codes.join(', ')}`);
  }
  const checks =
    answer.check === undefined ? [] : Array.isArray(answer.check) ? answer.check : [answer.check];
  if (checks.length > 0 && !action.canCheck) {
    drift(`${path}/check`, `${action.key} cannot look at its target, so nobody will ask`);
  }
  for (const check of checks) outputs(check.outputs, `${path}/check`);
  const kinds = ['fail', 'accepted', 'unknown', 'outputs', 'changed_since'].filter((kind) =>
    Object.hasOwn(answer, kind),
  );
  if (kinds.length > 1) drift(path, `an answer is one thing, and this one says ${kinds.join(' and ')}`);
  if (answer.then !== undefined && answer.accepted === undefined)
    drift(`${path}/then`, '"then" follows "accepted", and this answer is not that');
  for (const word of ['message', 'retryable', 'retry_after'] as const) {
    if (answer[word] !== undefined && answer.fail === undefined)
      drift(`${path}/${word}`, `"${word}" is about a failure, and this answer has no "fail"`);
  }
  if (answer.then !== undefined) found.push(...checkAnswer(file, `${path}/then`, answer.then, action, known));
  return found;
}

function checkNames(file: CaseFile, one: WrittenCase, known: Known, seen: Set<string>): Diagnostic[] {
  const found: Diagnostic[] = [];
  const unknown = (path: string, message: string, near: string | null) =>
    found.push(
      remark(file, 'case/unknown-name', path, message, near === null ? undefined : `did you mean "${near}"?`),
    );
  const step = (name: string, path: string) => {
    const plain = name.replaceAll(/\[[^\]]*\]|#\d+(?=\/|$)/g, '');
    // Behind a slash there may be a step of a called playbook.
    // Taking back a whole run, or what a lease ends for, is a step of no playbook.
    if (
      known.steps.has(plain) ||
      plain.startsWith('run~') ||
      (plain.includes('/') && known.steps.has(plain.split('/')[0] ?? ''))
    )
      return;
    unknown(path, `the playbook has no step "${name}"`, nearestName(name, known.steps));
  };
  const { expect } = one;
  for (const [index, decision] of one.decisions.entries())
    step(decision.step, `${one.path}/decisions/${index}/step`);
  for (const guard of Object.keys(one.given.used ?? {})) {
    const own = pointerTo(`${one.path}/given/used`, guard);
    const path = has(file, own) ? own : pointerTo('/given/used', guard);
    if (known.guards.has(guard) || seen.has(path)) continue;
    seen.add(path);
    unknown(path, `the playbook has no guard "${guard}"`, nearestName(guard, known.guards));
  }
  if (expect === 'record') return found;
  for (const name of Object.keys(expect.steps ?? {})) step(name, pointerTo(`${one.path}/expect/steps`, name));
  for (const [index, asked] of (expect.approvals ?? []).entries())
    step(asked.step, `${one.path}/expect/approvals/${index}/step`);
  for (const [index, done] of (expect.performed ?? []).entries()) {
    const path = `${one.path}/expect/performed/${index}`;
    if (!known.actions.has(done.action)) {
      unknown(
        `${path}/action`,
        `the playbook never calls "${done.action}"`,
        nearestName(done.action, known.actions.keys()),
      );
    }
    if (done.step !== undefined) step(done.step, `${path}/step`);
    if (done.undo_of !== undefined) step(done.undo_of, `${path}/undo_of`);
  }
  return found;
}

function placeOfAnswer(file: CaseFile, one: WrittenCase, name: string): string {
  const own = pointerTo(`${one.path}/given/actions`, name);
  return has(file, own) ? own : pointerTo('/given/actions', name);
}

function has(file: CaseFile, path: string): boolean {
  return nodeAt(file.root, path).path === path;
}
