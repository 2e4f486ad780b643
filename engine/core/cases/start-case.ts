import type { RunId, TenantId } from '../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { Plan, PlanTrigger } from '../contracts/plan.ts';
import { alertEvent } from '../intake/alert-event.ts';
import { normalizeAlert } from '../intake/normalize-alert.ts';
import { fillInputs } from '../match/fill-inputs.ts';
import { matchEvent } from '../match/match-event.ts';
import { lowerMode } from '../match/routing.ts';
import type { RunGiven } from '../run/context.ts';
import { incidentOf } from '../run/own-incident.ts';
import { validatorOf } from '../schema/validator-of.ts';
import type { LoadedPlan } from './loaded-plan.ts';
import type { People } from './people.ts';
import type { WrittenCase } from './read-cases.ts';

/*
 * From what a case is given to the run that it starts, by the same steps as an alert takes: normalise,
 * match, fill the inputs. Whether the alert starts the playbook at all is part of the answer.
 */

export type Started =
  | { kind: 'started'; given: RunGiven; note: string | null }
  | { kind: 'not-started'; reason: string }
  /** What the case is given cannot be used. */
  | { kind: 'bad'; code: BadGiven; field: 'alert' | 'trigger' | 'target' | 'inputs'; message: string };

/** It names what is not there, or it is not what its schema says. */
type BadGiven = 'case/unknown-name' | 'case/bad-fixture';

/** Text of a file beside the case file; null when there is none. */
export type ReadFixture = (path: string) => string | null;

export const clockDefault = '2026-01-01T00:00:00Z';

export function startCase(
  loaded: LoadedPlan,
  one: WrittenCase,
  people: People,
  readFixture: ReadFixture,
): Started {
  const { given } = one;
  const nowMs = Date.parse(given.clock ?? clockDefault);
  const trigger = given.trigger === undefined ? undefined : triggerOf(loaded.plan, given.trigger);
  if (trigger === null) return bad('trigger', `the playbook has no trigger "${given.trigger}"`);
  if (given.alert === undefined) return startByHand(loaded, one, people, trigger, nowMs);
  const alert = readAlert(given.alert, readFixture);
  if (!alert.ok) return bad('alert', alert.message, 'case/bad-fixture');
  return startByAlert(loaded, one, people, trigger, nowMs, alert.alert);
}

function isInput(plan: Plan, name: string): boolean {
  return plan.inputs.some((each) => each.name === name);
}

function triggerOf(plan: Plan, id: string): PlanTrigger | null {
  return plan.triggers.find((each) => each.id === id) ?? null;
}

function startByAlert(
  loaded: LoadedPlan,
  one: WrittenCase,
  people: People,
  trigger: PlanTrigger | undefined,
  nowMs: number,
  alert: JsonObject,
): Started {
  const { plan } = loaded;
  const { matched, trace } = matchEvent(plan, alertEvent(alertId, alert), {
    nowMs,
    route: null,
    only: null,
  });
  const mine = matched.filter(
    (each) =>
      (trigger === undefined || each.triggerId === trigger.id) &&
      (one.given.target === undefined || each.elementKey === one.given.target.id),
  );
  const [first, ...others] = mine;
  if (first === undefined) {
    const told = trace
      .filter((line) => trigger === undefined || line.triggerId === trigger.id)
      .map((line) => `${line.triggerId}: ${line.detail}`);
    const elements = matched.map((each) => each.elementKey).join(', ');
    if (matched.length > 0)
      return bad('target', `the alert starts runs for ${elements}, none for the one given`);
    return { kind: 'not-started', reason: told.join('; ') || 'no trigger looks at alerts' };
  }
  const inputs = override(plan, first.inputs, one.given.inputs ?? {});
  if (!inputs.ok) return bad('inputs', inputs.message, inputs.code);
  const note =
    others.length === 0
      ? null
      : `the alert starts ${mine.length} runs; this case plays "${first.elementKey}" (choose with given.target)`;
  const startedBy = `trigger:${first.triggerId}`;
  const incident = incidentOf(alert);
  return {
    kind: 'started',
    note,
    given: {
      ...runGiven(loaded, one, people, nowMs),
      triggerId: first.triggerId,
      alertId,
      incidentId: incident?.id ?? null,
      incident,
      alert,
      inputs: inputs.inputs,
      startedBy,
    },
  };
}

function startByHand(
  loaded: LoadedPlan,
  one: WrittenCase,
  people: People,
  chosen: PlanTrigger | undefined,
  nowMs: number,
): Started {
  const { plan } = loaded;
  const trigger = chosen ?? plan.triggers.find((each) => each.type === 'manual') ?? plan.triggers[0];
  if (trigger === undefined) return bad('trigger', 'the playbook has no trigger');
  const element = elementOf(one, trigger);
  const names: JsonObject = element === null ? {} : { target: element, [trigger.as]: element };
  const filled = fillInputs(plan, trigger.id, { names, nowMs }, one.given.inputs ?? {});
  if (!filled.ok) {
    const known = Object.keys(one.given.inputs ?? {}).every((name) => isInput(plan, name));
    return bad('inputs', filled.message, known ? 'case/bad-fixture' : 'case/unknown-name');
  }
  return {
    kind: 'started',
    note: null,
    given: {
      ...runGiven(loaded, one, people, nowMs),
      triggerId: trigger.id,
      inputs: filled.inputs,
      startedBy: people.starters()[0] ?? 'somebody',
    },
  };
}

function elementOf(one: WrittenCase, trigger: PlanTrigger): JsonObject | null {
  const { target } = one.given;
  if (target === undefined) return null;
  return { kind: target.kind ?? trigger.targets[0] ?? 'host', id: target.id, name: target.name ?? target.id };
}

/** Inputs that a case sets count as given by hand; the rest is filled as at run time. */
function override(
  plan: Plan,
  filled: JsonObject,
  given: JsonObject,
): { ok: true; inputs: JsonObject } | { ok: false; code: BadGiven; message: string } {
  for (const [name, value] of Object.entries(given)) {
    const input = plan.inputs.find((each) => each.name === name);
    if (input === undefined) {
      const message = `inputs.${name}: the playbook has no such input`;
      return { ok: false, code: 'case/unknown-name', message };
    }
    const [problem] = validatorOf(input.schema)(value);
    if (problem !== undefined) {
      const message = `inputs.${name}${problem.pointer}: ${problem.message}`;
      return { ok: false, code: 'case/bad-fixture', message };
    }
  }
  return { ok: true, inputs: { ...filled, ...given } };
}

function readAlert(
  given: NonNullable<WrittenCase['given']['alert']>,
  readFixture: ReadFixture,
): { ok: true; alert: JsonObject } | { ok: false; message: string } {
  const body =
    given.file === undefined
      ? { ok: true as const, body: given.inline ?? {} }
      : parse(given.file, readFixture);
  if (!body.ok) return body;
  const normalized = normalizeAlert(body.body, 'case');
  if (!normalized.ok) {
    const [problem] = normalized.problems;
    return {
      ok: false,
      message: `no alert: ${problem?.pointer ?? ''} ${problem?.message ?? 'not readable'}`,
    };
  }
  return { ok: true, alert: { ...(normalized.alert.alert as unknown as JsonObject), id: alertId } };
}

function parse(
  file: string,
  readFixture: ReadFixture,
): { ok: true; body: Json } | { ok: false; message: string } {
  const text = readFixture(file);
  if (text === null) return { ok: false, message: `there is no file ${file} beside the cases` };
  try {
    return { ok: true, body: JSON.parse(text) as Json };
  } catch (error) {
    return {
      ok: false,
      message: `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

const alertId = 'alr_case1';

/** Fixed where a real run has something random: the same case is the same story every time. */
function runGiven(loaded: LoadedPlan, one: WrittenCase, people: People, nowMs: number): RunGiven {
  return {
    runId: 'run_case1' as RunId,
    tenant: 'default' as TenantId,
    playbookVersion: 1,
    digest: loaded.digest,
    sourceSha256: '0'.repeat(64),
    mode: lowerMode(loaded.plan.mode, one.given.mode ?? null),
    triggerId: '',
    alertId: null,
    incidentId: null,
    incident: null,
    alert: null,
    inputs: {},
    startedBy: '',
    createdAtMs: nowMs,
    url: 'https://riposte.example.test/runs/run_case1',
    seed: '0'.repeat(64),
    excluded: people.starters(),
    depth: 0,
    chain: 0,
    generations: {},
  };
}

function bad(
  field: Extract<Started, { kind: 'bad' }>['field'],
  message: string,
  code: BadGiven = 'case/unknown-name',
): Started {
  return { kind: 'bad', code, field, message };
}
