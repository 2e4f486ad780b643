import type { Given } from '../../../../schemas/cases-v1.generated.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { PlanTrigger } from '../../contracts/plan.ts';
import { renderTemplate } from '../../expression/render-template.ts';
import { normalizeAlert } from '../../intake/normalize-alert.ts';
import { actionsOf, type PlaybookUnderTest } from '../playbook-under-test.ts';
import { clockDefault } from '../start-case.ts';
import { allOf } from './combine-ways.ts';
import { nothingToDo, schemaAt, type Ways, type Wish } from './place.ts';
import { sampleValue } from './sample-value.ts';
import { changed, fulfil, type Script } from './script.ts';
import { elementsOf, parse, placeOf, type Sight, withLocal } from './sight.ts';
import { solveText } from './solve.ts';
import { solveSize } from './solve-list.ts';
import { solver } from './solver.ts';

/*
 * Where a search begins when nobody wrote a case: an alert that starts the playbook, as far as its
 * triggers tell what one looks like, and a start by hand. Every action answers with its own example.
 */
export function baseScripts(under: PlaybookUnderTest): Script[][] {
  const { plan } = under.loaded;
  const byAlert = plan.triggers
    .filter(({ type, enabled }) => type === 'alert.created' && enabled)
    .map((trigger) => alertScripts(under, trigger));
  return [...byAlert, [byHand(under)]];
}

export function baseActions(under: PlaybookUnderTest): NonNullable<Given['actions']> {
  return Object.fromEntries([...actionsOf(under)].map(([key, action]) => [key, changed({ action })]));
}

function alertScripts(under: PlaybookUnderTest, trigger: PlanTrigger): Script[] {
  const inline: JsonObject = {
    source_id: 'made-up-1',
    title: 'A made-up alert',
    severity: 'high',
    created_at: clockDefault,
  };
  const normalized = normalizeAlert(inline, 'case');
  const alert = normalized.ok ? (normalized.alert.alert as unknown as JsonObject) : inline;
  const sight: Sight = {
    solver,
    plan: under.loaded.plan,
    children: under.children,
    step: null,
    guarded: null,
    waiting: null,
    names: { alert },
    types: {},
    nowMs: Date.parse(clockDefault),
    locals: new Map(),
  };
  const script: Script = {
    given: { alert: { inline }, actions: baseActions(under) },
    decisions: [],
    signals: [],
  };
  const matched = trigger.match === null ? nothingToDo : solveText(trigger.match, true, sight);
  const each = trigger.each === null ? null : parse(trigger.each);
  const elements: Ways = each === null ? nothingToDo : solveSize(each, 1, sight);
  return allOf([matched, elements, [inputWishes(trigger, sight)]]).flatMap((way) => {
    const made = fulfil(script, way, sight, under);
    return made === null ? [] : [made];
  });
}

/** Where only the original alert says what an input is, it says something that the input takes. */
function inputWishes(trigger: PlanTrigger, sight: Sight): Wish[] {
  const each = trigger.each === null ? null : parse(trigger.each);
  const elements = each === null ? null : elementsOf(each, sight);
  const inner = elements === null ? sight : withLocal(sight, trigger.as, { place: elements });
  return sight.plan.inputs.flatMap(({ from, schema }): Wish[] => {
    const template = from[trigger.id] ?? from['*'];
    const node = template?.t === 'expr' ? parse(template.expr) : null;
    const place = node === null ? null : placeOf(node, inner);
    if (place?.of !== 'alert' || schemaAt(place, sight.plan) !== undefined) return [];
    return [{ kind: 'set', place, value: sampleValue(schema) }];
  });
}

function byHand(under: PlaybookUnderTest): Script {
  const { plan } = under.loaded;
  const manual = plan.triggers.find(({ type }) => type === 'manual');
  const trigger = manual ?? plan.triggers[0];
  const kind = manual?.targets[0];
  const target = kind === undefined ? null : { kind, id: 'some', name: 'some' };
  const names: JsonObject = target === null ? {} : { target, [trigger?.as ?? 'target']: target };
  const needed = plan.inputs.filter(({ from, required }) => {
    const template = from[trigger?.id ?? ''] ?? from['*'];
    return template === undefined ? required : !renderTemplate(template, { names, nowMs: 0 }).ok;
  });
  const inputs = Object.fromEntries(
    needed.map((input) => [input.name, input.required ? sampleValue(input.schema) : input.default]),
  );
  return {
    given: {
      ...(trigger === undefined ? {} : { trigger: trigger.id }),
      ...(target === null ? {} : { target }),
      inputs,
      actions: baseActions(under),
    },
    decisions: [],
    signals: [],
  };
}
