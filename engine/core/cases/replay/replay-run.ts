import type { Case, Expectation, Given, PerformedAction } from '../../../../schemas/cases-v1.generated.ts';
import type { Json, JsonObject } from '../../../../schemas/json.ts';
import { asksPeople } from '../../contracts/entry.ts';
import { invariant } from '../../contracts/invariant.ts';
import type { Mode } from '../../contracts/plan.ts';
import { stepAt } from '../../run/list-steps.ts';
import { checkCaseFile } from '../check-case-file.ts';
import { compareCase, type Difference } from '../compare-case.ts';
import { isExact } from '../compare-performed.ts';
import { planPathOf } from '../plan-path-of.ts';
import { playCase } from '../play-case.ts';
import { actionsOf, type PlaybookUnderTest } from '../playbook-under-test.ts';
import { type CaseFile, readCases } from '../read-cases.ts';
import { expectationOf } from '../record-expectation.ts';
import type { Story } from '../story.ts';
import { answersOfRun, isInverse } from './answers-of-run.ts';
import { maskSecrets } from './mask-secrets.ts';
import { stepName } from './name-in-run.ts';
import { calledRuns, decisionsOfRun, signalsOfRun } from './people-of-run.ts';
import { secretValues, withSamples } from './secret-values.ts';
import type { StoredRun, StoredStep } from './stored-run.ts';

/*
 * A stored run as a case: what it was given and what it met, secrets masked, and as expectation what it
 * did. The case is played at once; where the offline run does something else than the stored one did,
 * that is told and not smoothed over.
 */
export interface Replayed {
  case: Case;
  /** Texts that were replaced. */
  masked: number;
  /** Where playing the case gives something else than the run did. */
  differences: readonly Difference[];
  /** Why it cannot be played; empty when it can. */
  problems: readonly string[];
}

export function replayRun(run: StoredRun, under: PlaybookUnderTest): Replayed {
  const made = maskSecrets(bareCase(withSamples(run, under), under), secretValues(run, under));
  const masked = made.value as unknown as Case;
  const first = play(masked, under);
  const used = usedIn(run, masked, under, first.story);
  const given = used === null ? masked : { ...masked, given: { ...masked.given, used } };
  const { story, problems } = used === null ? first : play(given, under);
  const expected = expectationFrom(run, under, story, made.masked > 0);
  const replayed: Case = { ...given, expect: expected };
  return {
    case: replayed,
    masked: made.masked,
    differences: compareCase(expected, story),
    problems: [...problems, ...checkCaseFile(fileOf(replayed), under).map(({ message }) => message)],
  };
}

function bareCase(run: StoredRun, under: PlaybookUnderTest): Json {
  const { plan } = under.loaded;
  const known = plan.triggers.some(({ id }) => id === run.trigger);
  const given: Given = {
    clock: new Date(run.createdAtMs).toISOString(),
    ...(run.mode === plan.mode ? {} : { mode: run.mode as Mode }),
    ...(run.alert === null ? {} : { alert: { inline: withoutId(run.alert) } }),
    ...(known ? { trigger: run.trigger } : {}),
    inputs: run.inputs,
    actions: answersOfRun(run),
  };
  const signals = signalsOfRun(run);
  const decisions = decisionsOfRun(run);
  const replayed: Case = {
    name: `as run ${run.id} went`,
    given,
    ...(signals.length === 0 ? {} : { signals }),
    ...(decisions.length === 0 ? {} : { decisions }),
    expect: 'record',
  };
  return replayed as unknown as Json;
}

/** Our own id is given by the store, and to the case by its player; a run that reads no original has none. */
function withoutId({ id: _, raw = null, ...alert }: JsonObject): JsonObject {
  return raw === null ? alert : { ...alert, raw };
}

function play(one: Case, under: PlaybookUnderTest): { story: Story; problems: string[] } {
  const file = fileOf(one);
  const [written] = file.cases;
  invariant(written !== undefined, 'one case was written');
  const { story, problems } = playCase(file, written, under, () => null);
  return { story, problems: problems.map(({ message }) => message) };
}

/** JSON is YAML, so the case is read by the same door as any other. */
function fileOf(one: Case): CaseFile {
  const text = JSON.stringify({ kind: 'cases/v1', playbook: './playbook.yaml', cases: [one] });
  const reading = readCases(text, 'replayed.cases.yaml');
  invariant(reading.ok, reading.ok ? '' : `a case is written: ${reading.diagnostics[0]?.message}`);
  return reading.file;
}

/** A limit that other runs had used up: it said no, or made somebody be asked. */
function usedIn(
  run: StoredRun,
  one: Case,
  under: PlaybookUnderTest,
  story: Story,
): { [guard: string]: number } | null {
  const { plan } = under.loaded;
  const asked = new Set(story.asked.map(({ step }) => step));
  const used: { [guard: string]: number } = { ...one.given?.used };
  for (const entry of run.entries) {
    const path = entry.step === null ? null : planPathOf(entry.step, plan);
    const step = path === null ? undefined : stepAt(plan, path);
    for (const guard of plan.guards) {
      if (guard.limit === null) continue;
      const denied = entry.type === 'guard.denied' && entry.data.guard === guard.id;
      const applies =
        step?.kind === 'action' &&
        guard.appliesTo.some((word) => [step.action.class, step.action.key, step.id].includes(word));
      const surprising = asksPeople(entry.type) && applies && !asked.has(stepName(entry.step ?? '', ''));
      if (denied || (surprising && guard.limit.onExceed === 'ask')) used[guard.id] = guard.limit.targets;
    }
  }
  return Object.keys(used).length === 0 ? null : used;
}

function expectationFrom(
  run: StoredRun,
  under: PlaybookUnderTest,
  story: Story,
  masked: boolean,
): Expectation {
  const played = expectationOf(story);
  const performed = performedIn(run, under);
  const approvals = approvalsIn(run);
  const steps = run.steps.filter(({ path, status }) => isPlain(path) && told.has(status));
  return {
    run: run.state as NonNullable<Expectation['run']>,
    ...(steps.length === 0
      ? {}
      : {
          steps: Object.fromEntries(
            steps.map(({ path, status }) => [stepName(path, ''), status]),
          ) as NonNullable<Expectation['steps']>,
        }),
    // Of things that ran side by side the case keeps the order in which it plays them.
    performed: inOrderOf(
      story.performed
        .filter(isExact)
        .map(({ step, action, undoOf }) => `${undoOf === null ? step : ''} ${action}`),
      performed,
      ({ step = '', action }) => `${step} ${action}`,
    ),
    approvals: inOrderOf(
      story.asked.map(({ step }) => step),
      approvals,
      ({ step }) => step,
    ),
    ...(masked || played.outputs === undefined ? {} : { outputs: played.outputs }),
  };
}

const told: ReadonlySet<string> = new Set(['skipped', 'succeeded', 'failed', 'denied', 'cancelled']);

/** A step of the run itself that has a name. */
function isPlain(path: string): boolean {
  return /^run\/[^/[#]+$/.test(path);
}

function performedIn(run: StoredRun, under: PlaybookUnderTest, prefix = ''): PerformedAction[] {
  const actions = actionsOf(under);
  const firstTried = ({ path }: StoredStep) =>
    run.entries.findIndex((entry) => entry.type === 'action.attempted' && entry.step === path);
  const done = run.steps
    .filter(({ action, attempts, simulated }) => {
      const known = action === null ? undefined : actions.get(action);
      return (
        attempts > 0 &&
        !simulated &&
        known !== undefined &&
        ['contain', 'eradicate', 'restore'].includes(known.class)
      );
    })
    .toSorted((a, b) => firstTried(a) - firstTried(b))
    .map(
      (step): PerformedAction => ({
        action: step.action ?? '',
        ...(isInverse(step) ? {} : { step: stepName(step.path, prefix) }),
        ...(step.target === null ? {} : { target: `${step.target.kind}:${step.target.id}` }),
        ...(step.status === 'succeeded' ? {} : { outcome: 'failed' as const }),
      }),
    );
  return [...done, ...calledRuns(run, prefix).flatMap(([child, name]) => performedIn(child, under, name))];
}

function approvalsIn(run: StoredRun, prefix = ''): NonNullable<Expectation['approvals']> {
  const ends = ['granted', 'denied', 'expired', 'cancelled', 'superseded'] as const;
  const asked = run.entries.flatMap((entry, index) => {
    if (!asksPeople(entry.type) || entry.step === null) return [];
    const end = run.entries
      .slice(index + 1)
      .find((later) => later.step === entry.step && ends.some((word) => later.type === `approval.${word}`));
    const outcome = ends.find((word) => end?.type === `approval.${word}`);
    return [{ step: stepName(entry.step, prefix), ...(outcome === undefined ? {} : { outcome }) }];
  });
  return [...asked, ...calledRuns(run, prefix).flatMap(([child, name]) => approvalsIn(child, name))];
}

/** The same list, in another order where both have the same members. */
function inOrderOf<Item>(
  order: readonly string[],
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Item[] {
  const left = [...items];
  const sorted = order.flatMap((name) => {
    const index = left.findIndex((item) => nameOf(item) === name);
    return index === -1 ? [] : left.splice(index, 1);
  });
  return left.length === 0 ? sorted : [...items];
}
