import alertSchema from '../../../../schemas/alert.schema.json' with { type: 'json' };
import type { Json, JsonObject } from '../../../../schemas/json.ts';
import type { ActionStep, Plan, PlanStep, WaitStep } from '../../contracts/plan.ts';

/*
 * Where a value of a case comes from: what a case file can say, and thus what a search can choose.
 */

/** `null` stands for every element of a list. */
export type Key = string | number | null;

export type Place =
  | { of: 'input'; name: string; path: readonly Key[] }
  | { of: 'alert'; path: readonly Key[] }
  | { of: 'answer'; step: ActionStep; path: readonly Key[] }
  | { of: 'signal'; step: WaitStep; path: readonly Key[] };

/** One thing that a case is to say. */
export type Wish =
  | { kind: 'set'; place: Place; value: Json }
  | { kind: 'remove'; place: Place }
  /** `inside`: where an element keeps what tells it from others. */
  | { kind: 'size'; place: Place; size: number; inside: readonly Key[] }
  | { kind: 'include'; place: Place; value: Json }
  /** Every call, or only the first. */
  | { kind: 'fail'; name: string; once: boolean }
  | { kind: 'answer'; step: ActionStep }
  /** The call changed something, so that it can be taken back. */
  | { kind: 'change'; step: ActionStep }
  | { kind: 'decide'; step: PlanStep; outcome: 'granted' | 'denied' | 'expired' }
  | { kind: 'hear'; step: WaitStep; heard: boolean }
  | { kind: 'used'; guard: string; count: number };

/** Wishes that together would do; several ways, the likeliest first. */
export type Ways = readonly (readonly Wish[])[];

export const noWay: Ways = [];
export const nothingToDo: Ways = [[]];

export function below(place: Place, path: readonly Key[]): Place {
  return { ...place, path: [...place.path, ...path] };
}

export function samePlace(a: Place, b: Place): boolean {
  return showPlace(a) === showPlace(b);
}

/** For people: `outputs.role of the answer to asset`. */
export function showPlace(place: Place): string {
  const path = place.path.map((key) => (key === null ? '[*]' : `.${key}`)).join('');
  switch (place.of) {
    case 'input':
      return `given.inputs.${place.name}${path}`;
    case 'alert':
      return `given.alert${path}`;
    case 'answer':
      return `given.actions.${nameOf(place.step)}.outputs${path}`;
    case 'signal':
      return `the signal for ${nameOf(place.step)}${path}`;
  }
}

/** As answers and decisions name a step. */
export function nameOf(step: PlanStep): string {
  return step.path.replace(/^run\//, '');
}

/** What may stand there; undefined when nobody says. */
export function schemaAt(place: Place, plan: Plan): JsonObject | undefined {
  const root = rootSchema(place, plan);
  return root === undefined ? undefined : schemaBelow(root, place.path);
}

function rootSchema(place: Place, plan: Plan): JsonObject | undefined {
  switch (place.of) {
    case 'input':
      return plan.inputs.find(({ name }) => name === place.name)?.schema;
    case 'alert':
      return alerts;
    case 'answer':
      return place.step.action.output;
    case 'signal':
      return undefined;
  }
}

function schemaBelow(schema: JsonObject, path: readonly Key[]): JsonObject | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  const next = typeof key === 'string' ? fieldOf(schema, key) : schema.items;
  return isObject(next) ? schemaBelow(next, rest) : undefined;
}

function fieldOf(schema: JsonObject, name: string): Json | undefined {
  const { properties } = schema;
  return isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** With what it refers to written in its place; the schema of alerts refers to nothing around itself. */
function written(value: Json, root: JsonObject): Json {
  if (Array.isArray(value)) return value.map((each) => written(each, root));
  if (!isObject(value)) return value;
  const { $ref } = value;
  const name = typeof $ref === 'string' ? $ref.replace('#/$defs/', '') : null;
  const found = name !== null && isObject(root.$defs) ? root.$defs[name] : undefined;
  if (found !== undefined) return written(found, root);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, written(each, root)]));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const alerts = alertsWritten();

function alertsWritten(): JsonObject {
  const schema = alertSchema as unknown as JsonObject;
  const whole = written({ ...schema, $defs: {} }, schema);
  return isObject(whole) ? whole : schema;
}
