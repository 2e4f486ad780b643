import type { Answer, Answers, Check } from '../../../../schemas/cases-v1.generated.ts';
import { isJsonObject, type JsonObject } from '../../../../schemas/json.ts';
import { showOffset } from '../instant.ts';
import { stepName } from './name-in-run.ts';
import type { StoredEntry, StoredRun, StoredStep } from './stored-run.ts';

/*
 * What the targets answered in a stored run, call by call. The outputs stand with the step; what happened
 * to earlier attempts, and whether anything changed, only the entries tell.
 */
export function answersOfRun(run: StoredRun, prefix = ''): { [name: string]: Answers } {
  const answers: { [name: string]: Answers } = {};
  const inverses: { [action: string]: Answer[] } = {};
  for (const step of run.steps) {
    if (step.childRunId !== null) {
      const child = run.children[step.childRunId];
      if (child !== undefined) Object.assign(answers, answersOfRun(child, `${stepName(step.path, prefix)}/`));
    }
    if (step.action === null || step.attempts === 0 || step.simulated) continue;
    const said = answersOfStep(step, run.entries);
    // What takes something back is answered by its action: its step is no step of the playbook.
    if (isInverse(step)) inverses[step.action] = [...(inverses[step.action] ?? []), ...said];
    else answers[stepName(step.path, prefix)] = plain(said);
  }
  return {
    ...answers,
    ...Object.fromEntries(Object.entries(inverses).map(([key, said]) => [key, plain(said)])),
  };
}

export function isInverse({ path }: Pick<StoredStep, 'path'>): boolean {
  return /\[[^\]]*\]\/inverse$/.test(path);
}

function plain(said: Answer[]): Answers {
  const [only, ...more] = said;
  return only === undefined ? {} : more.length === 0 ? only : said;
}

function answersOfStep(step: StoredStep, entries: readonly StoredEntry[]): Answer[] {
  const mine = entries.filter(
    ({ step: at, type }) =>
      at === step.path && (type.startsWith('action.') || type === 'undo.target-changed'),
  );
  const calls: StoredEntry[][] = [];
  for (const entry of mine) {
    if (entry.type === 'action.attempted') calls.push([entry]);
    else calls.at(-1)?.push(entry);
  }
  return calls.map((call) => answerOf(step, call));
}

function answerOf(step: StoredStep, call: readonly StoredEntry[]): Answer {
  const find = (type: string) => call.find((entry) => entry.type === type);
  const [attempted] = call;
  const accepted = find('action.accepted');
  const failed = find('action.failed');
  const succeeded = find('action.succeeded');
  const unknown = find('action.unknown');
  const reconciled = find('action.reconciled');
  const changed = find('undo.target-changed');
  if (changed !== undefined) {
    const found: JsonObject = isJsonObject(changed.data.found) ? changed.data.found : {};
    return { changed_since: found };
  }
  if (unknown !== undefined) {
    const present = reconciled?.data.found === 'present';
    const state: Check = { state: present ? 'present' : reconciled === undefined ? 'unknown' : 'absent' };
    return {
      unknown: true,
      ...took(attempted, unknown),
      check: present ? { ...state, outputs: step.outputs } : state,
    };
  }
  const ending: Answer =
    failed !== undefined
      ? failureOf(failed)
      : {
          outputs: step.outputs,
          ...(typeof succeeded?.data.changed === 'boolean' ? { changed: succeeded.data.changed } : {}),
        };
  if (accepted !== undefined) {
    const wait = secondsBetween(accepted, failed ?? succeeded);
    return {
      accepted: wait === 0 ? {} : { poll_after: showOffset(wait).slice(1) },
      ...took(attempted, accepted),
      then: ending,
    };
  }
  return { ...ending, ...took(attempted, failed ?? succeeded) };
}

function failureOf(failed: StoredEntry): Answer {
  const again = failed.data.again_in_ms !== undefined;
  const code = (failed.code ?? 'unavailable').replace(/^action\//, '');
  return {
    fail: code,
    ...(['throttled', 'unavailable', 'timeout'].includes(code) === again ? {} : { retryable: again }),
  };
}

/** Whole seconds: less is the machine's business, not the target's. */
function took(from: StoredEntry | undefined, to: StoredEntry | undefined): { after?: string } {
  const ms = secondsBetween(from, to);
  return ms === 0 ? {} : { after: showOffset(ms).slice(1) };
}

function secondsBetween(from: StoredEntry | undefined, to: StoredEntry | undefined): number {
  if (from === undefined || to === undefined) return 0;
  return Math.max(0, Math.floor((to.atMs - from.atMs) / 1_000) * 1_000);
}
