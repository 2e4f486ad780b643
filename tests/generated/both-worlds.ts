import { type Played, playCase } from '../../engine/core/cases/play-case.ts';
import type { PlaybookUnderTest } from '../../engine/core/cases/playbook-under-test.ts';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import type { Story } from '../../engine/core/cases/story.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import type { Answer } from '../../schemas/cases-v1.generated.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { answerTo } from './answers-by-step.ts';

/*
 * What one run came to, in words that an engine and a case share: how it ended, how each step ended, what was
 * asked of the targets and of people, what is held, and what was written down. Sorted, since what one store
 * keeps in the order of a clock the other keeps in the order of a list.
 */
export interface CameTo {
  state: string;
  steps: string[];
  orders: string[];
  questions: string[];
  held: string[];
  entries: string[];
}

/** A run of the engine as it stands in the database, and the case that plays it again. */
export interface Stored {
  cameTo: CameTo;
  case: JsonObject;
}

interface StoredRows {
  runs: { id: string; state: string; parent_run_id: string | null; parent_ref: string | null }[];
  steps: { run_id: string; path: string; status: string }[];
  attempts: { run_id: string; step_path: string; action: string; arguments: JsonObject; before: number }[];
  asked: { run_id: string; step_path: string; state: string }[];
  holds: { effect: string; target_kind: string; target_id: string; origin: string }[];
  records: { seq: string; run_id: string; step_path: string }[];
}

export async function readStored(
  sql: Sql,
  runId: string,
  entries: readonly JsonObject[],
  exampleOf: (action: string) => JsonObject,
): Promise<Stored> {
  const rows = await readRows(sql, runId);
  const [root] = rows.runs;
  if (root === undefined) throw new Error(`no run ${runId}`);
  const prefixOf = (id: string): string => {
    const run = rows.runs.find((each) => each.id === id);
    return run?.parent_run_id == null ? '' : `${plainName(run.parent_run_id, run.parent_ref ?? '')}/`;
  };
  const plainName = (run: string, path: string) => prefixOf(run) + path.replace(/^run\//, '');
  const records = new Map(rows.records.map((each) => [each.seq, plainName(each.run_id, each.step_path)]));
  const nameOf = (run: string, path: string): string => byRecord(plainName(run, path), records);
  const actions: { [name: string]: Answer[] } = {};
  for (const { run_id, step_path, action, arguments: input, before } of rows.attempts) {
    const name = step_path.endsWith('/inverse') ? action : nameOf(run_id, step_path);
    actions[name] = [...(actions[name] ?? []), answerTo({ action, input, before }, exampleOf(action))];
  }
  const questions = rows.asked.map(({ run_id, step_path, state }) => ({
    step: nameOf(run_id, step_path),
    state,
  }));
  const decisions = questions
    .filter(({ state }) => state === 'granted' || state === 'denied' || state === 'consumed')
    .map(({ step, state }) => ({
      step,
      outcome: state === 'denied' ? 'denied' : 'granted',
      comment: 'looked at it',
    }));
  const known = new Set(rows.runs.map(({ id }) => id));
  return {
    cameTo: {
      state: root.state,
      steps: rows.steps
        .filter(({ path, status }) => status !== 'pending' && !path.endsWith('/inverse'))
        .map(({ run_id, path, status }) => `${nameOf(run_id, path)} ${status}`)
        .sort(),
      orders: rows.attempts
        .map(({ action, arguments: input }) => `${action} ${JSON.stringify(sorted(input))}`)
        .sort(),
      questions: questions.map(({ step, state }) => `${step} ${state}`).sort(),
      held: rows.holds
        .map((each) => `${each.effect} ${each.target_kind}:${each.target_id} ${each.origin}`)
        .sort(),
      entries: entries
        .filter(({ runId: id, type }) => known.has(String(id)) && !ofPeople.has(String(type)))
        .map((entry) => wordsOf(nameOf(String(entry.runId), String(entry.step ?? '')), entry))
        .sort(),
    },
    case: { given: { actions: actions as unknown as Json }, decisions },
  };
}

/** Records are numbered in the order of their successes, which branches may change: named after their steps they are the same. */
function byRecord(name: string, records: ReadonlyMap<string, string>): string {
  return name.replace(/\[(\d+)\](?=\/inverse$)/, (_, seq) => `<${records.get(seq) ?? seq}>`);
}

/** The same of the case, played. */
export function playedOffline(stored: JsonObject, under: PlaybookUnderTest): CameTo & { troubles: string[] } {
  const decisions = stored.decisions as { step: string }[];
  let records = new Map<string, string>();
  for (;;) {
    const numbers = new Map([...records].map(([number, step]) => [step, number]));
    const numbered = (name: string) =>
      name.replace(/<(.*)>(?=\/inverse$)/, (_, step) => `[${numbers.get(step) ?? step}]`);
    const one = { ...stored, decisions: decisions.map((each) => ({ ...each, step: numbered(each.step) })) };
    const { story, problems } = play(one, under);
    const found = recordsOf(story);
    // What is taken back is asked about by its number, which is known once it is recorded.
    if (JSON.stringify([...found]) === JSON.stringify([...records])) return cameTo(story, problems, records);
    records = found;
  }
}

function play(one: object, under: PlaybookUnderTest): Played {
  const file = JSON.stringify({
    kind: 'cases/v1',
    playbook: `./${under.file}`,
    cases: [{ name: 'as it went', ...one, expect: 'record' }],
  });
  const reading = readCases(file, 'small.cases.yaml');
  if (!reading.ok) throw new Error(reading.diagnostics.map(({ message }) => message).join('\n'));
  const [written] = reading.file.cases;
  if (written === undefined) throw new Error('there is a case');
  return playCase(reading.file, written, under, () => null);
}

function recordsOf({ entries }: Story): Map<string, string> {
  const made = entries.filter(({ entry }) => entry.type === 'undo.recorded');
  return new Map(made.map(({ run, entry }, index) => [String(index + 1), nameIn(run, entry.step ?? '')]));
}

function nameIn({ prefix }: { prefix: string }, path: string): string {
  return prefix + path.replace(/^run\//, '');
}

function cameTo(
  story: Story,
  problems: Played['problems'],
  records: ReadonlyMap<string, string>,
): CameTo & { troubles: string[] } {
  return {
    state: story.state,
    steps: [...story.steps]
      .filter(([, status]) => status !== 'pending')
      .map(([name, status]) => `${name} ${status}`)
      .sort(),
    orders: story.performed
      .flatMap((each) => Array<typeof each>(each.attempts).fill(each))
      .map(({ action, with: input }) => `${action} ${JSON.stringify(sorted(input))}`)
      .sort(),
    questions: story.asked.map(({ step, state }) => `${byRecord(step, records)} ${state}`).sort(),
    held: story.holds
      .map(({ effect, target, origin }) => `${effect} ${target.kind}:${target.id} ${origin}`)
      .sort(),
    entries: story.entries
      .map(({ run, entry }) =>
        wordsOf(byRecord(nameIn(run, entry.step ?? ''), records), entry as unknown as JsonObject),
      )
      .sort(),
    troubles: problems.map(({ message }) => message),
  };
}

/** Written where people decide, which a case does not play. */
const ofPeople: ReadonlySet<string> = new Set(['approval.voted', 'approval.ignored', 'limit.exceeded']);

function wordsOf(step: string, { type, code, outcome }: JsonObject): string {
  return [type, step, code ?? '', outcome ?? ''].join(' ').trimEnd();
}

function sorted(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readRows(sql: Sql, runId: string): Promise<StoredRows> {
  const ask = async <Row extends object>(text: string) => (await sql.query<Row>(text, [runId])).rows as Row[];
  const mine = 'run_id in (select id from runs where $1 in (id, parent_run_id))';
  return {
    runs: await ask(
      'select id, state, parent_run_id, parent_ref from runs where $1 in (id, parent_run_id) order by created_at',
    ),
    steps: await ask(`select run_id, path, status from steps where ${mine}`),
    attempts: await ask(
      `select run_id, step_path, action, arguments, (row_number() over (partition by action_key order by number) - 1)::int as before
       from attempts where ${mine} and purpose = 'perform' order by created_at, number`,
    ),
    asked: await ask(
      `select run_id, step_path, state from approvals where ${mine} order by requested_at, ask_number`,
    ),
    holds: await ask(
      `select effect, target_kind, target_id, origin from holds where ${mine} and state = 'held'`,
    ),
    records: await ask(`select seq::text, run_id, step_path from undo_records where ${mine} order by seq`),
  };
}
