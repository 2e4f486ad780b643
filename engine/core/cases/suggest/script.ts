import type { Answer, Answers, Decision, Given, Signal } from '../../../../schemas/cases-v1.generated.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../../schemas/json.ts';
import type { ActionStep, PlanStep, WaitStep } from '../../contracts/plan.ts';
import { everyStep } from '../../run/list-steps.ts';
import type { PlaybookUnderTest } from '../playbook-under-test.ts';
import type { WrittenCase } from '../read-cases.ts';
import { type Key, nameOf, type Place, schemaAt, type Wish } from './place.ts';
import { distinct, itemsOf, sampleValue } from './sample-value.ts';
import type { Sight } from './sight.ts';
import { solveText } from './solve.ts';
import { approvalOf } from './ways-to-status.ts';

/** What a case says, while it is being made up. */
export interface Script {
  given: Given;
  decisions: readonly Decision[];
  signals: readonly Told[];
}

export interface Told {
  /** The wait that it is for; null when the author wrote it. */
  wait: string | null;
  /** Null until it is known when the wait begins. */
  at: string | null;
  type: Signal['type'];
  data: JsonObject;
}

export function scriptOf(one: WrittenCase): Script {
  const signals = one.signals.map(({ at, type, data }) => ({ wait: null, at, type, data: data ?? {} }));
  return { given: one.given, decisions: one.decisions, signals };
}

export function caseOf(script: Script, name: string, path: string): WrittenCase {
  const signals = script.signals.map(({ at, type, data }) => ({ at: at ?? '+1h', type, data }));
  return { name, path, given: script.given, decisions: [...script.decisions], signals, expect: 'record' };
}

/** The script with the wishes fulfilled, one after the other; null when one of them cannot be said. */
export function fulfil(
  script: Script,
  wishes: readonly Wish[],
  sight: Sight,
  under: PlaybookUnderTest,
): Script | null {
  let at: Script | null = script;
  for (const wish of wishes) at = at === null ? null : fulfilOne(at, wish, sight, under);
  return at;
}

function fulfilOne(script: Script, wish: Wish, sight: Sight, under: PlaybookUnderTest): Script | null {
  switch (wish.kind) {
    case 'set':
      return change(script, wish.place, sight, () => wish.value);
    case 'remove':
      return change(script, wish.place, sight, () => undefined);
    case 'include':
      return change(script, wish.place, sight, (old) =>
        Array.isArray(old) ? (old.includes(wish.value) ? old : [...old, wish.value]) : [wish.value],
      );
    case 'size': {
      const items = itemsOf(schemaAt(wish.place, sight.plan));
      return change(script, wish.place, sight, (old) => resized(old, wish.size, wish.inside, items));
    }
    case 'fail':
      return fail(script, wish.name, terminalCode(wish.name, under), wish.once);
    case 'answer': {
      const said = saidFor(script, wish.step);
      return said !== undefined && isSuccess(said)
        ? script
        : answer(script, nameOf(wish.step), changed(wish.step));
    }
    case 'change': {
      const said = saidFor(script, wish.step);
      const success = said !== undefined && isSuccess(said) ? said : {};
      return answer(script, nameOf(wish.step), { ...success, changed: true });
    }
    case 'decide':
      return decide(script, wish.step, wish.outcome);
    case 'hear':
      return wish.heard ? hear(script, wish.step, sight, under) : unheard(script, wish.step);
    case 'used':
      return {
        ...script,
        given: { ...script.given, used: { ...script.given.used, [wish.guard]: wish.count } },
      };
  }
}

type Change = (old: Json | undefined) => Json | undefined;

function change(script: Script, place: Place, sight: Sight, how: Change): Script | null {
  const { given } = script;
  const schema = schemaAt({ ...place, path: [] }, sight.plan);
  switch (place.of) {
    case 'input': {
      const filled = isJsonObject(sight.names.inputs) ? sight.names.inputs[place.name] : undefined;
      const old = given.inputs?.[place.name] ?? filled ?? sampleValue(schema);
      const value = changeAt(old, place.path, how, schema);
      return value === undefined
        ? null
        : { ...script, given: { ...given, inputs: { ...given.inputs, [place.name]: value } } };
    }
    case 'alert': {
      const inline = given.alert?.inline;
      // An alert in a file is the author's.
      if (inline === undefined) return null;
      const value = changeAt(inline, place.path, how, schema);
      return isJsonObject(value) ? { ...script, given: { ...given, alert: { inline: value } } } : null;
    }
    case 'answer': {
      const { step } = place;
      const said = saidFor(script, step);
      const old = said !== undefined && isSuccess(said) ? said : changed(step);
      const value = changeAt(old.outputs ?? step.action.example, place.path, how, schema);
      return isJsonObject(value) ? answer(script, nameOf(step), { ...old, outputs: value }) : null;
    }
    case 'signal': {
      const index = script.signals.findIndex((each) => isFor(each, place.step));
      const told = script.signals[index];
      if (told === undefined) return null;
      const value = changeAt(told.data, place.path, how, schema);
      return isJsonObject(value)
        ? { ...script, signals: script.signals.with(index, { ...told, data: value }) }
        : null;
    }
  }
}

function changeAt(
  old: Json | undefined,
  path: readonly Key[],
  how: Change,
  schema: JsonObject | undefined,
): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return how(old);
  if (key === null || typeof key === 'number') {
    const items = itemsOf(schema);
    const list = Array.isArray(old) && old.length > 0 ? old : [items === undefined ? {} : sampleValue(items)];
    return list.map((each) => changeAt(each, rest, how, items) ?? null);
  }
  const before = isJsonObject(old) ? old : isJsonObject(schema) ? sampleValue(schema) : {};
  const map = isJsonObject(before) ? before : {};
  const { [key]: own, ...others } = map;
  const properties = isJsonObject(schema?.properties) ? schema.properties : {};
  const inner = properties[key];
  const value = changeAt(own, rest, how, isJsonObject(inner) ? inner : undefined);
  if (value === undefined) return others;
  return Object.hasOwn(map, key) ? { ...map, [key]: value } : { ...others, [key]: value };
}

function resized(
  old: Json | undefined,
  size: number,
  inside: readonly Key[],
  items: JsonObject | undefined,
): Json {
  const list = Array.isArray(old) ? old : [];
  if (list.length >= size) return list.slice(0, size);
  const first = list[0] ?? (items === undefined ? {} : sampleValue(items));
  return [
    ...list,
    ...Array.from({ length: size - list.length }, (_, index) => distinct(first, list.length + index, inside)),
  ];
}

/** The answer that a call of the step would get first. */
function saidFor(script: Script, step: ActionStep): Answer | undefined {
  const { actions = {} } = script.given;
  const name = [nameOf(step), step.id, step.action.key].find((each) => Object.hasOwn(actions, each));
  const said: Answers | undefined = name === undefined ? undefined : actions[name];
  return Array.isArray(said) ? (said.findLast(isSuccess) ?? said[0]) : said;
}

function isSuccess(said: Answer): boolean {
  return said.fail === undefined && said.unknown === undefined && said.accepted === undefined;
}

/** Whoever changed something can take it back without asking. */
export function changed({ action }: Pick<ActionStep, 'action'>): Answer {
  return ['contain', 'eradicate', 'restore'].includes(action.class) ? { changed: true } : {};
}

function answer(script: Script, name: string, said: Answer): Script {
  return { ...script, given: { ...script.given, actions: { ...script.given.actions, [name]: said } } };
}

function fail(script: Script, name: string, code: string, once: boolean): Script {
  const failure: Answer = { fail: code };
  const said = once ? [{ ...failure, times: 1 }, {}] : failure;
  return { ...script, given: { ...script.given, actions: { ...script.given.actions, [name]: said } } };
}

function terminalCode(name: string, under: PlaybookUnderTest): string {
  const [call = '', ...rest] = name.split('/');
  const calls = everyStep(under.loaded.plan).find((step) => step.kind === 'call' && nameOf(step) === call);
  const plan = calls?.kind === 'call' ? under.children[calls.playbook]?.plan : under.loaded.plan;
  const path = calls === undefined ? name : rest.join('/');
  const step = plan === undefined ? undefined : everyStep(plan).find((each) => nameOf(each) === path);
  const codes = under.manifests.get(step?.kind === 'action' ? step.action.key : name)?.failureCodes ?? [];
  const terminal = codes.find((code) => !['throttled', 'unavailable', 'timeout', 'cancelled'].includes(code));
  return codes.includes('forbidden') ? 'forbidden' : (terminal ?? 'forbidden');
}

function decide(script: Script, step: PlanStep, outcome: 'granted' | 'denied' | 'expired'): Script {
  const name = nameOf(step);
  const others = script.decisions.filter((each) => each.step !== name && each.step !== step.id);
  const approval = approvalOf(step) ?? (step.kind === 'action' ? step.fallbackApproval : null);
  if (outcome === 'expired' || approval === null) return { ...script, decisions: others };
  // Once per item and person; those that nobody asks for are taken out when it was played.
  const times = (outcome === 'granted' ? approval.quorum : 1) * (step.path.split('/').length > 2 ? 3 : 1);
  const made = Array.from({ length: times }, (_, index): Decision => {
    const by = approval.approvers[index % Math.max(1, approval.approvers.length)];
    return {
      step: name,
      outcome,
      ...(by?.startsWith('user:') ? { by } : {}),
      ...(approval.requireComment === 'never' ? {} : { comment: 'Made up' }),
    };
  });
  return { ...script, decisions: [...others, ...made] };
}

function isFor(told: Told, step: WaitStep): boolean {
  return (
    told.wait === step.path ||
    (told.wait === null && step.wait.for === 'signal' && told.type === step.wait.type)
  );
}

function unheard(script: Script, step: WaitStep): Script {
  return { ...script, signals: script.signals.filter((told) => !isFor(told, step)) };
}

/** A signal that the wait takes; one that is there already stays. */
function hear(script: Script, step: WaitStep, sight: Sight, under: PlaybookUnderTest): Script | null {
  const { wait } = step;
  if (wait.for !== 'signal') return null;
  if (script.signals.some((told) => isFor(told, step))) return script;
  const told: Told = { wait: step.path, at: null, type: wait.type, data: {} };
  const extended: Script = { ...script, signals: [...script.signals, told] };
  if (wait.match === null) return extended;
  const [way] = solveText(wait.match, true, { ...sight, step, waiting: step });
  return way === undefined ? null : fulfil(extended, way, sight, under);
}
