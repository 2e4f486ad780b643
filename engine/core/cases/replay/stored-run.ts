import { isJsonObject, type Json, type JsonObject } from '../../../../schemas/json.ts';

/*
 * A run as the server tells it: what it was given, its steps, its entries. Read off the answers of the API
 * field by field, so that an answer without one of them is noticed here and nowhere later.
 */
export interface StoredRun {
  id: string;
  playbookId: string;
  version: string;
  digest: string;
  mode: string;
  state: string;
  trigger: string;
  createdAtMs: number;
  alert: JsonObject | null;
  inputs: JsonObject;
  steps: StoredStep[];
  entries: StoredEntry[];
  /** Runs that its `call` steps started, by id. */
  children: { [runId: string]: StoredRun };
}

export interface StoredStep {
  path: string;
  action: string | null;
  status: string;
  attempts: number;
  simulated: boolean;
  outputs: JsonObject;
  target: { kind: string; id: string } | null;
  childRunId: string | null;
}

export interface StoredEntry {
  type: string;
  atMs: number;
  step: string | null;
  code: string | null;
  reason: string | null;
  onBehalfOf: string | null;
  data: JsonObject;
}

export function readStoredRun(
  run: JsonObject,
  steps: readonly Json[],
  entries: readonly Json[],
  children: { [runId: string]: StoredRun },
): StoredRun | null {
  const playbook = objectIn(run.playbook);
  const given = objectIn(run.given);
  const createdAt = textIn(run.createdAt);
  const id = textIn(run.id);
  const playbookId = textIn(playbook.id);
  if (id === null || createdAt === null || playbookId === null || !isJsonObject(given.inputs)) return null;
  return {
    id,
    playbookId,
    version: textIn(playbook.version) ?? '',
    digest: textIn(run.digest) ?? '',
    mode: textIn(run.mode) ?? '',
    state: textIn(run.state) ?? '',
    trigger: textIn(run.trigger) ?? '',
    createdAtMs: Date.parse(createdAt),
    alert: isJsonObject(given.alert) ? given.alert : null,
    inputs: given.inputs,
    steps: steps.filter(isJsonObject).map(stepOf),
    entries: entries.filter(isJsonObject).flatMap(entryOf),
    children,
  };
}

function stepOf(step: JsonObject): StoredStep {
  const target = objectIn(step.target);
  const kind = textIn(target.kind);
  const id = textIn(target.id);
  return {
    path: textIn(step.path) ?? '',
    action: textIn(step.action)?.replace(/@.*$/, '') ?? null,
    status: textIn(step.status) ?? '',
    attempts: typeof step.attempts === 'number' ? step.attempts : 0,
    simulated: step.simulated === true,
    outputs: objectIn(step.outputs),
    target: kind === null || id === null ? null : { kind, id },
    childRunId: textIn(step.childRunId),
  };
}

/** Truncated entries have lost their words; what they said is not known any more. */
function entryOf(item: JsonObject): StoredEntry[] {
  const text = textIn(item.entry);
  if (text === null) return [];
  const entry = objectIn(JSON.parse(text) as Json);
  return [
    {
      type: textIn(entry.type) ?? '',
      atMs: Date.parse(textIn(entry.time) ?? ''),
      step: textIn(entry.step),
      code: textIn(entry.code),
      reason: textIn(entry.reason),
      onBehalfOf: textIn(entry.onBehalfOf),
      data: objectIn(entry.data),
    },
  ];
}

function objectIn(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textIn(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
