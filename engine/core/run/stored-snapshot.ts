import { emptyStep, type ScopeSnapshot, type StepState } from './context.ts';

/*
 * The form in which the state of a scope is stored. It is written and read with every move, and most of a step's
 * fields are what they are in every step that has not come that far: those are left out, and the snapshot of an
 * ordinary run stays small enough for the database to keep it in its row as it is.
 */

/** A step's state is never changed, only replaced: what did not change since the last move has its text already. */
const texts = new WeakMap<StepState, string>();

export function encodeSnapshot(snapshot: ScopeSnapshot): string {
  if (!('context' in snapshot)) return JSON.stringify(snapshot);
  const { value, context } = snapshot;
  const { steps, ...rest } = context;
  const written = Object.entries(steps).map(([path, state]) => `${JSON.stringify(path)}:${textOf(state)}`);
  const others = JSON.stringify(rest).slice(1, -1);
  return `{"value":${JSON.stringify(value)},"context":{${others},"steps":{${written.join(',')}}}}`;
}

function textOf(state: StepState): string {
  const known = texts.get(state);
  if (known !== undefined) return known;
  const text = JSON.stringify(withoutEmpty(state));
  texts.set(state, text);
  return text;
}

export function decodeSnapshot(text: string): ScopeSnapshot {
  const stored = JSON.parse(text) as ScopeSnapshot;
  if (!('context' in stored)) return stored;
  const steps: { [path: string]: StepState } = {};
  for (const [path, state] of Object.entries(stored.context.steps)) steps[path] = { ...emptyStep, ...state };
  return { ...stored, context: { ...stored.context, steps } };
}

function withoutEmpty(state: StepState): Partial<StepState> {
  const kept: { [field: string]: unknown } = {};
  // Without a list of names and values, which cost as much as the text: this is done for every change of a step.
  for (const name in state) {
    const field = name as keyof StepState;
    const value = state[field];
    if (!isEmpty(value, emptyStep[field])) kept[field] = value;
  }
  return kept as Partial<StepState>;
}

function isEmpty(value: unknown, empty: unknown): boolean {
  if (value === empty) return true;
  return isObject(empty) && isObject(value) && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
