import type { Json, JsonObject } from '../../schemas/json.ts';
import type { Chance } from '../decide/chance.ts';
import { generatedRegistry } from './catalogue.ts';
import { condition, doubted, type Known, knowing, type Pen, type Place } from './surroundings.ts';
import { looks, writeAction } from './write-action.ts';

/* Steps of every kind inside every other one that the language allows, as the YAML would hold them. */

export class Writer implements Pen {
  readonly chance: Chance;
  /** Steps that may still be written. */
  #left: number;
  #count = 0;

  constructor(chance: Chance, steps: number) {
    this.chance = chance;
    this.#left = steps;
  }

  name(word: string): string {
    this.#count += 1;
    return `${word}${this.#count}`;
  }

  block(place: Place, most: number): { steps: JsonObject[]; known: readonly Known[] } {
    const { chance } = this;
    const steps: JsonObject[] = [];
    let known = place.known;
    for (let left = 1 + chance.below(most); left > 0 && (this.#left > 0 || steps.length === 0); left -= 1) {
      this.#left -= 1;
      const made = this.#step({ ...place, known });
      steps.push(...made.steps);
      known = made.known;
    }
    return { steps, known };
  }

  #step(place: Place): { steps: JsonObject[]; known: readonly Known[] } {
    const { chance } = this;
    const kinds = ['action', 'action', 'action', 'action', 'look', 'look', 'wait', 'gate', 'stop'];
    if (!place.harmless) kinds.push('call', 'undo');
    if (place.maySet) kinds.push('set');
    if (place.depth < 4) kinds.push('if', 'if', 'guarded', 'switch', 'parallel');
    if (place.depth < 4 && place.loopDepth < 2) kinds.push('foreach', 'repeat');
    const kind = chance.of(...kinds);
    switch (kind) {
      case 'look':
        return this.#close(place, writeAction(this, place, looks), 'action');
      case 'gate':
        return this.#gate(place);
      case 'stop':
        return this.#stop(place);
      case 'set':
        return { steps: [{ set: this.#values(place) }], known: place.known };
      case 'wait':
        return this.#close(place, { id: this.name('wait'), wait: this.#wait() }, 'wait');
      case 'call':
        return this.#call(place);
      case 'undo':
        return this.#undo(place);
      case 'if':
        return this.#if(place, condition(chance, place), null);
      case 'guarded':
        return this.#guarded(place);
      case 'switch':
        return this.#switch(place);
      case 'parallel':
        return this.#parallel(place);
      case 'foreach':
        return this.#foreach(place);
      case 'repeat':
        return this.#repeat(place);
      default:
        return this.#close(place, writeAction(this, place), 'action');
    }
  }

  /** Adds what any step may have, and says what is known behind it. */
  #close(place: Place, step: JsonObject, kind: string, inner: readonly Known[] = []): Made {
    const { chance } = this;
    const id = String(step.id);
    const key = typeof step.action === 'string' ? step.action : '';
    const extra: { [field: string]: Json } = {};
    if (step.if === undefined && kind !== 'if' && chance.in(6)) extra.if = condition(chance, place);
    const mayDeny = 'approval' in step || ['action', 'foreach', 'call', 'undo', 'approval'].includes(kind);
    if (mayDeny && chance.in(2)) extra.on_denied = chance.of('continue', 'continue', 'fail', 'stop');
    const handler = this.#onError(place, { id, kind, action: key, certain: false, record: false });
    if (handler !== null) extra.on_error = handler.value;
    const lax = 'if' in extra || 'if' in step || extra.on_denied === 'continue' || handler?.goesOn === true;
    const own: Known = {
      id,
      kind,
      action: key,
      certain: !lax && kind !== 'if',
      record: leavesRecord(step, inner),
    };
    const known = [...place.known, ...(handler?.known ?? []), ...(lax ? doubted(inner) : inner), own];
    return { steps: [{ ...step, ...extra }], known };
  }

  #onError(place: Place, own: Known): { value: Json; goesOn: boolean; known: readonly Known[] } | null {
    const { chance } = this;
    if (!chance.in(3)) return null;
    const words =
      place.harmless || place.top !== 'main' ? ['continue', 'fail'] : ['continue', 'fail', 'undo'];
    const then = chance.of(...words);
    const goesOn = then === 'continue';
    if (place.depth > 3 || chance.in(2)) return { value: then, goesOn, known: [] };
    const inside = { ...place, known: [...place.known, own], depth: place.depth + 1, failure: true };
    const { steps, known } = this.block(inside, 1);
    const added = known.slice(inside.known.length);
    return { value: { steps, then }, goesOn, known: doubted(added) };
  }

  #values(place: Place): JsonObject {
    const { chance } = this;
    return chance.in(2) ? { loud: `\${{ ${condition(chance, place)} }}` } : { note: 'said ${{ vars.note }}' };
  }

  #wait(): Json {
    const { chance } = this;
    const signal = {
      for: 'incident.updated',
      match: chance.of('signal.incident.id == inputs.incident_id', 'signal.incident.status == "resolved"'),
      timeout: chance.of('20m', '5h', '40d'),
      on_timeout: chance.of('continue', 'fail'),
    };
    return chance.of<Json>('10m', { until: '${{ inputs.start_at }}' }, signal, signal);
  }

  #gate(place: Place): Made {
    const { chance } = this;
    const id = this.name('gate');
    const approval: { [field: string]: Json } = { ask: 'Go on?' };
    if (chance.in(3)) approval.when = condition(chance, place);
    // What it covers comes right behind it, in the same body.
    const covers = chance.in(3) ? null : writeAction(this, { ...place, known: place.known });
    if (covers !== null) approval.covers = [String(covers.id)];
    const gate = this.#close(place, { id, approval }, 'approval');
    if (covers === null) return gate;
    const covered = this.#close({ ...place, known: gate.known }, covers, 'action');
    return { steps: [...gate.steps, ...covered.steps], known: covered.known };
  }

  #stop(place: Place): Made {
    const { chance } = this;
    const stop: JsonObject = { outcome: chance.of('succeeded', 'failed', 'denied'), reason: 'enough' };
    const step = { stop, if: condition(chance, place) };
    return { steps: [step], known: place.known };
  }

  #call(place: Place): Made {
    const { chance } = this;
    const step: { [field: string]: Json } = {
      id: this.name('call'),
      call: 'mailbox-rules-cleanup',
      with: { mailbox: '${{ inputs.host_id }}' },
    };
    if (chance.in(3)) step.attach = false;
    if (chance.in(3)) step.approval = { when: condition(chance, place) };
    return this.#close(place, step, 'call');
  }

  #undo(place: Place): Made {
    const { chance } = this;
    const named = place.known.filter(({ record }) => record).map(({ id }) => id);
    if (named.length === 0) return this.#close(place, writeAction(this, place), 'action');
    const undo: Json = chance.in(3) ? 'all' : [chance.of(...named)];
    const step: { [field: string]: Json } = { id: this.name('undo'), undo, reason: 'It was nothing' };
    if (chance.in(3)) step.approval = {};
    return this.#close(place, step, 'undo');
  }

  #if(place: Place, test: string, succeeded: string | null): Made {
    const deeper = { ...place, depth: place.depth + 1 };
    const inside = succeeded === null ? place.known : knowing(place.known, succeeded);
    const then = this.block({ ...deeper, known: inside }, 2);
    const otherwise = this.chance.in(2) ? null : this.block(deeper, 2);
    const step: { [field: string]: Json } = { id: this.name('if'), if: test, then: then.steps };
    if (otherwise !== null) step.else = otherwise.steps;
    const inner = [then, otherwise].flatMap((each) => each?.known.slice(place.known.length) ?? []);
    return this.#close(place, step, 'if', doubted(inner));
  }

  /** A block that only runs when a step succeeded, or one that ends the run when it did not. */
  #guarded(place: Place): Made {
    const { chance } = this;
    const candidates = place.known.filter(({ kind }) => kind === 'action');
    if (candidates.length === 0) return this.#if(place, condition(chance, place), null);
    const { id } = chance.of(...candidates);
    if (chance.in(2)) {
      const more = chance.in(2) ? ` && (${condition(chance, place)})` : '';
      return this.#if(place, `steps.${id}.status == "succeeded"${more}`, id);
    }
    const stop = {
      stop: { outcome: chance.of('succeeded', 'failed', 'denied'), reason: 'without it no more' },
    };
    const step = { id: this.name('if'), if: `steps.${id}.status != "succeeded"`, then: [stop] };
    const known = [...place.known, { id: step.id, kind: 'if', action: '', certain: false, record: false }];
    return { steps: [step], known: knowing(known, id) };
  }

  #switch(place: Place): Made {
    const { chance } = this;
    const deeper = { ...place, depth: place.depth + 1 };
    const blocks = Array.from({ length: 1 + chance.below(2) }, () => this.block(deeper, 2));
    const fallback = chance.in(2) ? null : this.block(deeper, 2);
    const step: JsonObject = {
      id: this.name('switch'),
      switch: blocks.map(({ steps }) => ({ when: condition(chance, place), steps })),
      default: fallback?.steps ?? [],
    };
    const inner = [...blocks, fallback].flatMap((each) => each?.known.slice(place.known.length) ?? []);
    return this.#close(place, step, 'switch', doubted(inner));
  }

  #parallel(place: Place): Made {
    const { chance } = this;
    const join = chance.of('all', 'settle', 'any');
    const branch = {
      ...place,
      depth: place.depth + 1,
      maySet: false,
      harmless: place.harmless || join === 'any',
    };
    const names = ['one', 'two', 'three'].slice(0, 2 + chance.below(2));
    const blocks = names.map((name) => [name, this.block(branch, 2)] as const);
    const step: JsonObject = {
      id: this.name('both'),
      parallel: Object.fromEntries(blocks.map(([name, { steps }]) => [name, steps])),
      join,
    };
    const inner = blocks.flatMap(([, { known }]) => known.slice(place.known.length));
    return this.#close(place, step, 'parallel', join === 'any' ? doubted(inner) : inner);
  }

  #foreach(place: Place): Made {
    const { chance } = this;
    const search = place.known.find(({ action }) => action === 'mail.search-messages');
    const of = search !== undefined && chance.in(2) ? 'mail' : 'host';
    const as = this.name(of);
    const list = search?.certain
      ? `steps.${search.id}.outputs.messages`
      : `steps.${search?.id}.outputs.?messages.orValue([])`;
    const { steps, known } = this.block(
      {
        ...place,
        depth: place.depth + 1,
        loopDepth: place.loopDepth + 1,
        loops: [...place.loops, { as, of }],
        maySet: false,
      },
      2,
    );
    const inner = known.slice(place.known.length);
    const step: { [field: string]: Json } = {
      id: this.name('each'),
      foreach: of === 'mail' ? list : 'inputs.hosts',
      as,
      key: of === 'mail' ? `${as}.id` : as,
      max_items: chance.of(2, 20),
      max_parallel: chance.of(1, 2),
      on_item_error: chance.of('continue', 'stop'),
      steps,
    };
    if (chance.in(3)) step.collect = '${{ index }}';
    if (chance.in(4)) step.approval = chance.in(2) ? {} : { when: condition(chance, place) };
    // Its inner ids are not visible outside; that it may leave records is.
    const made = this.#close(place, step, 'foreach');
    const record = inner.some((each) => each.record);
    return {
      ...made,
      known: made.known.map((each) => (each.id === step.id ? { ...each, record } : each)),
    };
  }

  #repeat(place: Place): Made {
    const { chance } = this;
    const inside = { ...place, depth: place.depth + 1, loopDepth: place.loopDepth + 1, maySet: false };
    const { steps, known } = this.block(inside, 2);
    const repeat: { [field: string]: Json } = {
      until: condition(chance, { ...place, known }),
      max: 1 + chance.below(3),
    };
    if (chance.in(2)) repeat.every = '30s';
    return this.#close(place, { id: this.name('poll'), repeat, steps }, 'repeat');
  }
}

interface Made {
  steps: JsonObject[];
  known: readonly Known[];
}

function leavesRecord(step: JsonObject, inner: readonly Known[]): boolean {
  if (typeof step.action === 'string') {
    const manifest = generatedRegistry.get(step.action);
    return manifest?.inverse.kind === 'action' && step.rollback !== 'none';
  }
  return 'call' in step || inner.some(({ record }) => record);
}
