import type { Given } from '../../../../schemas/cases-v1.generated.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { PlanTrigger } from '../../contracts/plan.ts';
import { normalizeAlert } from '../../intake/normalize-alert.ts';
import { actionsOf, type PlaybookUnderTest } from '../playbook-under-test.ts';
import { clockDefault } from '../start-case.ts';
import { nothingToDo, type Ways } from './place.ts';
import { sampleValue } from './sample-value.ts';
import { changed, fulfil, type Script } from './script.ts';
import { parse, type Sight } from './sight.ts';
import { allOf, solveText } from './solve.ts';
import { solveSize } from './solve-list.ts';

/*
 * Where a search begins when nobody wrote a case: an alert that starts the playbook, as far as its
 * triggers tell what one looks like, and a start by hand. Every action answers with its own example.
 */
export function baseScripts(under: PlaybookUnderTest): Script[] {
  const { plan } = under.loaded;
  const byAlert = plan.triggers
    .filter(({ type, enabled }) => type === 'alert.created' && enabled)
    .flatMap((trigger) => alertScripts(under, trigger));
  return [...byAlert, byHand(under)];
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
    plan: under.loaded.plan,
    children: under.children,
    step: null,
    guarded: null,
    waiting: null,
    names: { alert },
    nowMs: Date.parse(clockDefault),
    locals: new Map(),
  };
  const script: Script = { given: { alert: { inline }, actions: baseActions(under) }, decisions: [], signals: [] };
  const matched = trigger.match === null ? nothingToDo : solveText(trigger.match, true, sight);
  const each = trigger.each === null ? null : parse(trigger.each);
  const elements: Ways = each === null ? nothingToDo : solveSize(each, 1, sight);
  return allOf([matched, elements]).flatMap((way) => {
    const made = fulfil(script, way, sight, under);
    return made === null ? [] : [made];
  });
}

function byHand(under: PlaybookUnderTest): Script {
  const { plan } = under.loaded;
  const trigger = plan.triggers.find(({ type }) => type === 'manual');
  const needed = plan.inputs.filter(
    (input) => input.required && (trigger === undefined || (input.from[trigger.id] ?? input.from['*']) === undefined),
  );
  const inputs = Object.fromEntries(needed.map(({ name, schema }) => [name, sampleValue(schema)]));
  const kind = trigger?.targets[0];
  return {
    given: {
      ...(trigger === undefined ? {} : { trigger: trigger.id }),
      ...(kind === undefined ? {} : { target: { kind, id: 'some' } }),
      inputs,
      actions: baseActions(under),
    },
    decisions: [],
    signals: [],
  };
}
