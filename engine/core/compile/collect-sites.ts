import type { ActionManifest } from '../contracts/action.ts';
import type { Problem } from '../diagnostics/diagnostic.ts';
import { dyn, type TypeEnv, typeFromSchema, type ValueType } from '../expression/value-type.ts';
import { type ExpressionSite, type Place, SiteCollector } from './expression-sites.ts';
import type { Flow, FlowState } from './flow.ts';
import { inputSchema } from './input-schema.ts';
import {
  alertType,
  chosenTargetType,
  failureType,
  guardType,
  open,
  runType,
  stepType,
} from './name-types.ts';
import { type Names, namesOf, withName } from './names.ts';
import type { Block, Outline, StepSite } from './outline.ts';
import { field, listField, mapField, type PlaybookSource, type SourceMap, textField } from './source-node.ts';
import { isWatched, watchedBy } from './step-facts.ts';

/*
 * Walks the file and says for every expression which names it sees (7.2, 9.10) and what it must
 * give. Decides where; `check-sites.ts` decides whether.
 */

export interface CollectedSites {
  sites: ExpressionSite[];
  /** Problems of the templates themselves, such as a `${{` that never ends. */
  problems: Problem[];
}

export interface SiteParts {
  source: PlaybookSource;
  outline: Outline;
  flow: Flow;
  manifests: ReadonlyMap<StepSite, ActionManifest>;
  /** Types of the run variables, in order of declaration. */
  vars: { [name: string]: ValueType };
}

export function collectSites(parts: SiteParts): CollectedSites {
  const collector = new SiteCollector(parts.source.text);
  const root = parts.source.root;
  const inputs = inputsType(parts.source);
  const before = namesOf({ ...alertName(parts.source), inputs }, alertReason(parts.source));

  for (const trigger of triggersOf(parts.source)) collectTrigger(trigger, collector);
  collectInputs(parts.source, collector);
  collector.template(field(mapField(root, 'dedupe'), 'key'), nowhere(before), 'string');
  collector.template(field(mapField(root, 'concurrency'), 'group'), nowhere(before), 'string');

  const inRun = runNames(parts, inputs);
  for (const block of [parts.outline.steps, parts.outline.finally])
    collectBlock(block, inRun, parts, collector);
  collectBlock(parts.outline.onFailure, withName(inRun, 'failure', failureType), parts, collector);
  collectGuards(parts, inRun, collector);
  for (const { value } of mapField(root, 'outputs')?.fields.values() ?? []) {
    collector.template(value, { names: inRun, state: parts.flow.atEnd, step: null });
  }
  return { sites: collector.sites, problems: collector.problems };
}

/** The sites of one run variable, which sees only the variables before it. */
export function collectVar(
  source: PlaybookSource,
  name: string,
  earlier: { [name: string]: ValueType },
): CollectedSites {
  const collector = new SiteCollector(source.text);
  const types = { ...alertName(source), inputs: inputsType(source), vars: open(earlier), run: runType };
  collector.template(
    field(mapField(source.root, 'vars'), name),
    nowhere(namesOf(types, alertReason(source))),
  );
  return { sites: collector.sites, problems: collector.problems };
}

function runNames(parts: SiteParts, inputs: ValueType): Names {
  const steps: { [id: string]: ValueType } = {};
  for (const [id, step] of parts.outline.byId) steps[id] = stepType(step, parts.manifests.get(step));
  const types = {
    ...alertName(parts.source),
    inputs,
    vars: open(parts.vars),
    run: runType,
    steps: open(steps),
  };
  return namesOf(types, alertReason(parts.source));
}

function nowhere(names: Names): Place {
  return { names, state: null, step: null };
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

function collectTrigger(trigger: SourceMap, collector: SiteCollector): void {
  const names = namesOf({ alert: alertType });
  collector.expression(field(trigger, 'match'), nowhere(names), 'bool');
  collector.expression(field(trigger, 'each'), nowhere(names), 'list');
}

/** `from` sees the alert and the element of its trigger; one for all must suit every trigger. */
function collectInputs(source: PlaybookSource, collector: SiteCollector): void {
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
  if (type !== 'alert.created')
    return namesOf({ alert: dyn, target: dyn, [textField(trigger, 'as') ?? 'target']: dyn });
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

function collectBlock(block: Block, names: Names, parts: SiteParts, collector: SiteCollector): void {
  for (const step of block.steps) collectStep(step, names, parts, collector);
}

function collectStep(step: StepSite, names: Names, parts: SiteParts, collector: SiteCollector): void {
  const { node } = step;
  const before: Place = { names, state: parts.flow.before.get(step) ?? null, step };
  const inside: Place = { names, state: parts.flow.inside.get(step) ?? null, step };
  collector.expression(field(node, 'if'), before, 'bool');
  switch (step.kind) {
    case 'action':
      collector.arguments(field(node, 'with'), inside, parts.manifests.get(step));
      collectApproval(mapField(node, 'approval'), inside, collector);
      break;
    case 'approval':
      collectApproval(mapField(node, 'approval'), inside, collector);
      break;
    case 'set':
      for (const { value } of mapField(node, 'set')?.fields.values() ?? []) collector.template(value, inside);
      break;
    case 'stop':
      collector.template(field(mapField(node, 'stop'), 'reason'), inside);
      break;
    default:
      break;
  }
  for (const block of step.blocks) {
    const state = parts.flow.whenCase.get(block);
    if (block.when && state) collector.expression(block.when, { names, state, step }, 'bool');
    collectBlock(block, names, parts, collector);
  }
  if (step.onError) collectBlock(step.onError, withName(names, 'failure', failureType), parts, collector);
}

function collectApproval(approval: SourceMap | undefined, place: Place, collector: SiteCollector): void {
  if (!approval) return;
  collector.expression(field(approval, 'when'), place, 'bool');
  collector.template(field(approval, 'ask'), place);
  collector.template(field(approval, 'why'), place);
  for (const item of listField(approval, 'evidence')) {
    collector.template(field(item, 'value'), place);
    collector.template(field(item, 'link'), place, 'string');
  }
}

/** A guard is checked at every step it watches: it must make sense at each of them. */
function collectGuards(parts: SiteParts, names: Names, collector: SiteCollector): void {
  const guarded = withName(names, 'guard', guardType);
  for (const guard of listField(parts.source.root, 'guards')) {
    if (guard.kind !== 'map') continue;
    const watched = watchedBy(guard);
    const states: { step: StepSite | null; state: FlowState | null }[] = [];
    for (const [step, manifest] of parts.manifests) {
      if (isWatched(step, manifest, watched))
        states.push({ step, state: parts.flow.inside.get(step) ?? null });
    }
    // Watching nothing it is never evaluated; only its names and types are checked.
    const all = new Set(parts.outline.all);
    if (states.length === 0)
      states.push({ step: null, state: { visible: all, certain: all, reachable: true } });
    for (const place of states)
      collector.expression(field(guard, 'deny_if'), { names: guarded, ...place }, 'bool');
  }
}
