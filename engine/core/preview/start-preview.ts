import type { RunId, TenantId } from '../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { LoadedPlan } from '../cases/loaded-plan.ts';
import { doublesAt } from '../compile/plan-doubles.ts';
import type { Mode, Plan, PlanTrigger } from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import { alertEvent } from '../intake/alert-event.ts';
import { elementsOf } from '../match/elements-of.ts';
import { explainEvent, type TriggerExplanation } from '../match/explain-event.ts';
import { fillInputs } from '../match/fill-inputs.ts';
import { isPast, lowerMode, type Routing, routeOf } from '../match/routing.ts';
import type { RunGiven } from '../run/context.ts';
import { incidentOf } from '../run/own-incident.ts';
import { fill, type Sight } from './look-at.ts';
import type { PreviewValue } from './preview.ts';
import { previewValue } from './preview-value.ts';

/*
 * From an alert, or a person's wish, to the runs that it would start, by the functions that start
 * them. Nothing has an id yet: what is made of one stays open.
 */

export interface StartablePreview {
  trigger: string;
  element: string;
  given: RunGiven;
  inputs: PreviewValue[];
  openInputs: string[];
  dedupe: PreviewValue | null;
  group: PreviewValue | null;
}

/** Stands for the id that the store would give the alert. */
export const alertIdToCome = 'alr_to_come';

export function startByAlert(
  loaded: LoadedPlan,
  alert: JsonObject,
  options: {
    nowMs: number;
    routing: Routing | null;
    mode: Mode | null;
    trigger: string | null;
    /** Of the runs, so many at most are looked at; absent: all. */
    most?: number;
  },
): { triggers: TriggerExplanation[]; runs: StartablePreview[] } {
  const { plan } = loaded;
  const withId: JsonObject = { ...alert, id: alertIdToCome };
  const event = alertEvent(alertIdToCome, withId);
  const { nowMs, routing } = options;
  const triggers = explainEvent([{ plan, enabled: true }], routing, event, nowMs);
  const runs = triggers
    .filter((each) => options.trigger === null || each.triggerId === options.trigger)
    .flatMap((each) => each.runs.map((run) => ({ ...run, trigger: each.triggerId })))
    .slice(0, options.most)
    .map((run) => startOne(loaded, withId, { ...run, mode: lowerMode(run.mode, options.mode) }, nowMs));
  return { triggers, runs };
}

/** One of the runs that an alert starts, as matching has found it. */
export function startOne(
  loaded: LoadedPlan,
  alert: JsonObject,
  run: { trigger: string; element: string; inputs: JsonObject; mode: Mode },
  nowMs: number,
): StartablePreview {
  const { plan } = loaded;
  const withId: JsonObject = { ...alert, id: alertIdToCome };
  const { trigger, element, inputs, mode } = run;
  const incident = incidentOf(withId);
  const given: RunGiven = {
    ...runGiven(loaded, nowMs),
    mode,
    triggerId: trigger,
    alertId: alertIdToCome,
    incidentId: incident?.id ?? null,
    incident,
    alert: withId,
    inputs,
    startedBy: `trigger:${trigger}`,
  };
  return startable(plan, trigger, element, given, elementOf(plan, trigger, element, withId, nowMs), nowMs);
}

export type StartedByHand = { ok: true; run: StartablePreview } | { ok: false; message: string };

/** A start by hand: the first manual trigger that is offered for the target, as at run time. */
export function startByHand(
  loaded: LoadedPlan,
  input: {
    target: { kind: string; id: string; name: string } | null;
    inputs: JsonObject;
    mode: Mode | null;
    trigger: string | null;
    routing: Routing | null;
    nowMs: number;
  },
): StartedByHand {
  const { plan } = loaded;
  const { target, nowMs } = input;
  const manual = plan.triggers.filter(
    (each) => each.type === 'manual' && each.enabled && (input.trigger === null || each.id === input.trigger),
  );
  if (manual.length === 0) return no('it has no manual trigger that is switched on');
  const current = manual.filter((each) => !isPast(each.expires, nowMs));
  if (current.length === 0) return no(`its manual trigger ended on ${manual[0]?.expires}`);
  const fits = (each: PlanTrigger) => target === null || each.targets.some((kind) => kind === target.kind);
  const trigger = current.find(fits);
  if (trigger === undefined) {
    const kinds = [...new Set(current.flatMap((each) => each.targets))];
    return no(
      kinds.length === 0 ? 'it takes no target' : `it takes a target of the kind ${kinds.join(' or ')}`,
    );
  }
  const names = { target, [trigger.as]: target };
  const filled = fillInputs(plan, trigger.id, { names, nowMs }, input.inputs);
  if (!filled.ok) return no(filled.message);
  const route = routeOf(input.routing, plan.playbook.id);
  const given: RunGiven = {
    ...runGiven(loaded, nowMs),
    mode: lowerMode(lowerMode(plan.mode, route?.mode ?? null), input.mode),
    triggerId: trigger.id,
    inputs: filled.inputs,
    startedBy: '',
  };
  return { ok: true, run: startable(plan, trigger.id, target?.id ?? '', given, target, nowMs) };
}

function startable(
  plan: Plan,
  trigger: string,
  element: string,
  given: RunGiven,
  value: Json,
  nowMs: number,
): StartablePreview {
  const as = plan.triggers.find((each) => each.id === trigger)?.as ?? '';
  const alert: JsonObject = given.alert === null ? {} : { alert: given.alert };
  const start: Sight = {
    scope: { names: { ...alert, target: null, [as]: value }, nowMs },
    holes: [['alert', 'id']],
    hidden: [],
  };
  const openInputs = plan.inputs
    .filter((input) => isOpen(input.from[trigger] ?? input.from['*'], start))
    .map((input) => input.name);
  const inputs = plan.inputs.map(({ name, from }): PreviewValue => {
    const template = from[trigger] ?? from['*'];
    return openInputs.includes(name) && template !== undefined
      ? previewValue(name, template, start)
      : { name, known: true, value: given.inputs[name] ?? null, dependsOn: [] };
  });
  const crowd: Sight = {
    scope: { names: { ...alert, inputs: given.inputs }, nowMs, types: doublesAt(plan, 'run') },
    holes: [['alert', 'id'], ...openInputs.map((name) => ['inputs', name])],
    hidden: [],
  };
  return {
    trigger,
    element,
    given,
    inputs,
    openInputs,
    dedupe: plan.dedupe === null ? null : previewValue('dedupe', plan.dedupe.key, crowd),
    group: plan.concurrency === null ? null : previewValue('group', plan.concurrency.group, crowd),
  };
}

function elementOf(plan: Plan, triggerId: string, key: string, alert: JsonObject, nowMs: number): Json {
  const trigger = plan.triggers.find((each) => each.id === triggerId);
  const elements = trigger === undefined ? null : elementsOf(trigger, { names: { alert }, nowMs });
  return elements?.ok === true ? (elements.list.find((each) => each.key === key)?.value ?? null) : null;
}

function isOpen(template: Template | undefined, sight: Sight): boolean {
  return template !== undefined && fill(template, sight).is === 'open';
}

function runGiven(loaded: LoadedPlan, nowMs: number): RunGiven {
  return {
    runId: 'run_00000000000000000000000000' as RunId,
    tenant: 'default' as TenantId,
    playbookVersion: 0,
    digest: loaded.digest,
    sourceSha256: '',
    mode: loaded.plan.mode,
    triggerId: '',
    alertId: null,
    incidentId: null,
    incident: null,
    alert: null,
    inputs: {},
    startedBy: '',
    createdAtMs: nowMs,
    url: '',
    seed: '0'.repeat(64),
    excluded: [],
    depth: 0,
    chain: 0,
    generations: {},
  };
}

function no(message: string): { ok: false; message: string } {
  return { ok: false, message };
}
