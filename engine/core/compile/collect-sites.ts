import type { Problem } from '../diagnostics/diagnostic.ts';
import { alertType } from '../expression/alert-type.ts';
import { dyn, type TypeEnv, typeFromSchema, type ValueType } from '../expression/value-type.ts';
import { collectBlock, type StepNames } from './collect-steps.ts';
import type { CompileContext } from './context.ts';
import { type ExpressionSite, type Place, SiteCollector } from './expression-sites.ts';
import { inputSchema } from './input-schema.ts';
import { chosenTargetType, failureType, guardType, open, runType } from './name-types.ts';
import { type Names, namesOf, withName } from './names.ts';
import { field, listField, mapField, type PlaybookSource, type SourceMap, textField } from './source-node.ts';
import { isWatched, watchedBy } from './step-facts.ts';
import { stepTypes } from './step-types.ts';

/*
 * Walks the file and says for every expression which names it sees (7.2, 9.10) and what it must
 * give. Decides where; `check-sites.ts` decides whether.
 */

export interface CollectedSites {
  sites: ExpressionSite[];
  /** Problems of the templates themselves, such as a `${{` that never ends. */
  problems: Problem[];
}

export interface SiteParts
  extends Pick<CompileContext, 'source' | 'outline' | 'flow' | 'manifests' | 'rollbacks' | 'children'> {
  /** Types of the run variables, in order of declaration. */
  vars: { [name: string]: ValueType };
}

export function collectSites(parts: SiteParts): CollectedSites {
  const { source, outline, flow } = parts;
  const collector = new SiteCollector(source.text);
  const { root } = source;
  const inputs = inputsType(source);
  const nowhere = placeOutside(outline);
  const before = namesOf({ ...alertName(source), inputs }, alertReason(source));

  for (const trigger of triggersOf(source)) collectTrigger(trigger, collector, nowhere);
  collectInputs(source, collector, nowhere);
  collector.template(field(mapField(root, 'dedupe'), 'key'), nowhere(before), 'string');
  collector.template(field(mapField(root, 'concurrency'), 'group'), nowhere(before), 'string');

  const inRun = runNames(parts, inputs);
  const namesAt: StepNames = new Map();
  for (const block of [outline.steps, outline.finally]) collectBlock(block, inRun, parts, collector, namesAt);
  collectBlock(outline.onFailure, withName(inRun, 'failure', failureType), parts, collector, namesAt);
  collectGuards(parts, namesAt, inRun, collector);
  for (const { value } of mapField(root, 'outputs')?.fields.values() ?? []) {
    collector.template(value, { names: inRun, state: flow.atEnd, step: null, body: outline.body });
  }
  return { sites: collector.sites, problems: collector.problems };
}

/** The sites of one run variable, which sees only the variables before it. */
export function collectVar(
  { source, outline }: Pick<SiteParts, 'source' | 'outline'>,
  name: string,
  earlier: { [name: string]: ValueType },
): CollectedSites {
  const collector = new SiteCollector(source.text);
  const types = { ...alertName(source), inputs: inputsType(source), vars: open(earlier), run: runType };
  collector.template(
    field(mapField(source.root, 'vars'), name),
    placeOutside(outline)(namesOf(types, alertReason(source))),
  );
  return { sites: collector.sites, problems: collector.problems };
}

function runNames(parts: SiteParts, inputs: ValueType): Names {
  const types = {
    ...alertName(parts.source),
    inputs,
    vars: open(parts.vars),
    run: runType,
    steps: open(stepTypes(parts.outline.body, parts)),
  };
  return namesOf(types, alertReason(parts.source));
}

type AtNoStep = (names: Names) => Place;

function placeOutside({ body }: SiteParts['outline']): AtNoStep {
  return (names) => ({ names, state: null, step: null, body });
}

function triggersOf(source: PlaybookSource): SourceMap[] {
  return listField(source.root, 'triggers').filter((node) => node.kind === 'map');
}

function isByHand(trigger: SourceMap): boolean {
  const type = textField(trigger, 'type');
  return type === 'manual' || type === 'schedule';
}

// An alert that is missing in some runs is missing: the playbook must not fail only at night.
function alertName(source: PlaybookSource): TypeEnv {
  return triggersOf(source).some(isByHand) ? {} : { alert: alertType };
}

function alertReason(source: PlaybookSource): { [name: string]: string } {
  const byHand = triggersOf(source).find(isByHand);
  const name = textField(byHand, 'id') ?? textField(byHand, 'type');
  return { alert: `a run that trigger "${name}" starts has no alert; pass the value through an input` };
}

function inputsType(source: PlaybookSource): ValueType {
  const fields = [...(mapField(source.root, 'inputs')?.fields.values() ?? [])].map(
    ({ key, value }) => [key, typeFromSchema(inputSchema(value))] as const,
  );
  return open(Object.fromEntries(fields));
}

function collectTrigger(trigger: SourceMap, collector: SiteCollector, nowhere: AtNoStep): void {
  const names = namesOf({ alert: alertType });
  collector.expression(field(trigger, 'match'), nowhere(names), 'bool');
  collector.expression(field(trigger, 'each'), nowhere(names), 'list');
}

/** `from` sees the alert and the element of its trigger; one for all must suit every trigger. */
function collectInputs(source: PlaybookSource, collector: SiteCollector, nowhere: AtNoStep): void {
  const triggers = triggersOf(source);
  for (const { value: input } of mapField(source.root, 'inputs')?.fields.values() ?? []) {
    const from = field(input, 'from');
    if (from?.kind === 'map') {
      for (const { key, value } of from.fields.values()) {
        const trigger = triggers.find((node) => textField(node, 'id') === key);
        if (trigger) collector.template(value, nowhere(triggerNames(trigger)));
      }
    } else if (from) {
      for (const trigger of triggers) collector.template(from, nowhere(triggerNames(trigger)));
    }
  }
}

function triggerNames(trigger: SourceMap): Names {
  const type = textField(trigger, 'type') ?? '';
  if (type === 'manual') {
    return namesOf({ target: chosenTargetType }, { alert: 'a run started by hand has no alert' });
  }
  if (type === 'schedule') return namesOf({}, { alert: 'a run started by the clock has no alert' });
  // Without `each` the alert itself is the only element.
  const element = elementType(textField(trigger, 'each'));
  return namesOf({ alert: alertType, [textField(trigger, 'as') ?? 'target']: element });
}

function elementType(each: string | undefined): ValueType {
  if (each === undefined) return alertType;
  // A plain path into the alert keeps its element type; a filtered list stays dynamic.
  let type: ValueType | undefined = alertType;
  const [root, ...keys] = each.trim().split('.');
  if (root !== 'alert') return dyn;
  for (const key of keys)
    type = type?.t === 'map' && Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
  return type?.t === 'list' ? type.of : dyn;
}

/** A guard is checked at every step it watches: it must make sense at each of them. */
function collectGuards(parts: SiteParts, namesAt: StepNames, inRun: Names, collector: SiteCollector): void {
  const { outline, flow, manifests, source } = parts;
  for (const guard of listField(source.root, 'guards')) {
    if (guard.kind !== 'map') continue;
    const watched = watchedBy(guard);
    const places: Place[] = [];
    for (const [step, manifest] of manifests) {
      if (!isWatched(step, manifest, watched)) continue;
      const names = namesAt.get(step) ?? inRun;
      places.push({ names, step, state: flow.inside.get(step) ?? null, body: step.body });
    }
    // Watching nothing it is never evaluated; only its names and types are checked.
    const all = new Set(outline.all);
    const anywhere = { visible: all, certain: all, reachable: true };
    if (places.length === 0) places.push({ names: inRun, step: null, state: anywhere, body: outline.body });
    for (const place of places) {
      const names = withName(place.names, 'guard', guardType);
      collector.expression(field(guard, 'deny_if'), { ...place, names }, 'bool');
    }
  }
}
