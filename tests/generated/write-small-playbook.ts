import { stringify } from 'yaml';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { Chance } from '../decide/chance.ts';

/*
 * A small playbook over the shipped actions, made of a seed alone, whose runs depend on answers and decisions
 * but on no clock and no race: branches and items touch what is theirs, and every question gets an answer.
 */

export interface SmallPlaybook {
  id: string;
  text: string;
}

/** What nobody else touches: runs of several playbooks go side by side. */
export const hostOf = (seed: number, letter = '') => `h${seed}${letter}`;
const letters = ['a', 'b', 'c'];

export const smallChild = stringify({
  ...head('small-child'),
  inputs: { host_id: { type: 'string' }, fails: { type: 'boolean', default: false } },
  steps: [
    action('inner_tell', 'chat.post-message', { text: 'child/inner_tell' }),
    { ...action('inner_isolate', 'edr.isolate-host', { host_id: '${{ inputs.host_id }}' }), lease: '72h' },
    { if: 'inputs.fails', stop: { outcome: 'failed', reason: 'as asked' } },
  ],
  outputs: { told: '${{ steps.inner_tell.status }}' },
});

export function writeSmallPlaybook(seed: number): SmallPlaybook {
  const chance = new Chance(seed);
  const writer = new Writer(chance, seed);
  const id = `small-${seed}`;
  const playbook: { [field: string]: Json } = {
    ...head(id),
    mode: chance.of('enforce', 'enforce', 'enforce', 'ask', 'audit'),
    inputs: {
      host_id: { type: 'string', default: hostOf(seed) },
      user_id: { type: 'string', default: `u${seed}` },
      hosts: {
        type: 'array',
        items: { type: 'string' },
        default: letters.slice(0, chance.below(4)).map((letter) => hostOf(seed, letter)),
      },
      flag: { type: 'boolean', default: chance.in(2) },
    },
    vars: { note: 'none' },
    timeout: chance.of('30d', '30d', '45m'),
  };
  const steps = writer.block({ depth: 0, item: null, top: 'main', alone: true }, 4);
  if (chance.in(2)) playbook.guards = guards(chance, JSON.stringify(steps).includes('"parallel"'));
  playbook.steps = steps;
  if (chance.in(2))
    playbook.on_failure = writer.block({ depth: 2, item: null, top: 'on_failure', alone: true }, 2);
  if (chance.in(2)) playbook.finally = [writer.tell()];
  playbook.outputs = { note: '${{ vars.note }}' };
  return { id, text: stringify(playbook) };
}

function head(id: string): JsonObject {
  return {
    kind: 'playbook/v1',
    id,
    title: 'A small playbook',
    description: 'Nobody wrote it.',
    status: 'stable',
    version: '1.0.0',
    author: 'Chance',
    owner: 'group:soc',
    falsepositives: ['All of it'],
    triggers: [{ id: 'by_hand', type: 'manual', targets: ['host'] }],
  };
}

function guards(chance: Chance, races: boolean): JsonObject[] {
  const deny = {
    id: 'careful',
    applies_to: [chance.of('contain', 'edr.isolate-host', 'restore')],
    deny_if: chance.of(
      'guard.target.?role.orValue("unknown") == "server"',
      'inputs.flag',
      'guard.target.role == "server"',
    ),
    message: 'not this one',
  };
  const limit = {
    id: 'few',
    applies_to: ['contain'],
    limit: { targets: 1 + chance.below(2), per: '7d', scope: chance.of('run', 'playbook') },
    on_exceed: chance.of('ask', 'deny'),
    message: 'enough',
  };
  // Which branch has the last place of a budget, chance decides.
  return races ? [deny] : chance.of([deny], [limit], [deny, limit]);
}

function action(id: string, key: string, given: JsonObject): { [field: string]: Json } {
  const more =
    key === 'chat.post-message' ? { channel: 'soc' } : key === 'inventory.get-host' ? {} : { comment: id };
  return { id, action: key, with: { ...more, ...given } };
}

interface Place {
  depth: number;
  /** Name of the loop variable: a host of the item's own. */
  item: string | null;
  top: 'main' | 'on_failure';
  /** Nothing runs beside it. */
  alone: boolean;
}

class Writer {
  readonly #chance: Chance;
  readonly #seed: number;
  #count = 0;
  /** Steps that an undo or a condition of the run's own body may name. */
  #known: { id: string; effect: boolean }[] = [];
  #left = 12;

  constructor(chance: Chance, seed: number) {
    this.#chance = chance;
    this.#seed = seed;
  }

  block(place: Place, most: number): JsonObject[] {
    const steps: JsonObject[] = [];
    for (let left = 1 + this.#chance.below(most); left > 0; left -= 1) {
      this.#left -= 1;
      if (this.#left > 0 || steps.length === 0) steps.push(...this.#step(place));
    }
    return steps;
  }

  tell(): JsonObject {
    const id = this.#name('tell');
    return { ...action(id, 'chat.post-message', { text: id }), on_error: 'continue' };
  }

  #name(word: string): string {
    this.#count += 1;
    return `${word}${this.#count}`;
  }

  #step(place: Place): JsonObject[] {
    const chance = this.#chance;
    const kinds = ['act', 'act', 'act', 'act', 'look', 'tell', 'gate', 'wait'];
    if (place.alone && place.item === null) kinds.push('undo', 'undo', 'set', 'stop');
    if (place.alone && place.top === 'main') kinds.push('call');
    if (place.depth < 2) kinds.push('if', 'switch', 'parallel');
    if (place.depth < 2 && place.item === null) kinds.push('foreach', 'foreach', 'repeat');
    switch (chance.of(...kinds)) {
      case 'look':
        return [
          this.#close(
            place,
            action(this.#name('look'), 'inventory.get-host', { host_id: this.#host(place) }),
            false,
          ),
        ];
      case 'tell':
        return [this.tell()];
      case 'gate':
        return this.#gate(place);
      case 'wait':
        return [this.#close(place, { id: this.#name('wait'), wait: this.#wait() }, false)];
      case 'undo':
        return [this.#undo(place)];
      case 'set':
        return [{ set: { note: chance.of('said', '${{ vars.note + "!" }}') } }];
      case 'stop':
        return [
          {
            if: this.#condition(place),
            stop: { outcome: chance.of('succeeded', 'failed', 'denied'), reason: 'enough' },
          },
        ];
      case 'call':
        return [this.#call(place)];
      case 'if': {
        const test = this.#condition(place);
        const write = () => this.#inner(place);
        const [then, otherwise] = this.#apart(chance.in(2) ? [write] : [write, write]);
        const step: { [field: string]: Json } = { id: this.#name('if'), if: test, then: then ?? [] };
        if (otherwise !== undefined) step.else = otherwise;
        return [this.#close(place, step, null)];
      }
      case 'switch': {
        const tests = [this.#condition(place), this.#condition(place)];
        const [fallback, ...cases] = this.#apart(tests.concat('').map(() => () => this.#inner(place)));
        const step: JsonObject = {
          id: this.#name('switch'),
          switch: tests.map((when, index) => ({ when, steps: cases[index] ?? [] })),
          default: fallback ?? [],
        };
        return [this.#close(place, step, null)];
      }
      case 'parallel':
        return [this.#parallel(place)];
      case 'foreach':
        return [this.#foreach(place)];
      case 'repeat':
        return [
          this.#close(
            place,
            {
              id: this.#name('poll'),
              repeat: { until: this.#condition(place), max: 2, every: '30s' },
              steps: this.#scoped(() => this.#inner({ ...place, item: 'inputs.host_id' })),
            },
            null,
          ),
        ];
      default:
        return [this.#act(place)];
    }
  }

  /** Blocks of which none sees the others; all are seen afterwards. */
  #apart(blocks: readonly (() => JsonObject[])[]): JsonObject[][] {
    const before = this.#known;
    const added: typeof before = [];
    const made = blocks.map((write) => {
      this.#known = before;
      const steps = write();
      added.push(...this.#known.slice(before.length));
      return steps;
    });
    this.#known = [...before, ...added];
    return made;
  }

  /** Ids inside a loop mean nothing outside of it. */
  #scoped<Result>(write: () => Result): Result {
    const before = this.#known;
    const made = write();
    this.#known = before;
    return made;
  }

  #inner(place: Place): JsonObject[] {
    return this.block({ ...place, depth: place.depth + 1 }, 2);
  }

  #host(place: Place): string {
    return place.item === null ? '${{ inputs.host_id }}' : `\${{ ${place.item} }}`;
  }

  #act(place: Place): JsonObject {
    const chance = this.#chance;
    const user = place.item === null && place.alone && chance.in(4);
    const key = user
      ? chance.of('directory.disable-user', 'directory.disable-user', 'directory.enable-user')
      : chance.of('edr.isolate-host', 'edr.isolate-host', 'edr.isolate-host', 'edr.release-host');
    const target = user ? { user_id: '${{ inputs.user_id }}' } : { host_id: this.#host(place) };
    const step = action(this.#name('act'), key, target);
    if (chance.in(3)) step.approval = this.#approval(place);
    if (chance.in(4)) step.lease = '72h';
    if (chance.in(2)) step.retry = { max_attempts: 1 + chance.below(3), initial: '30s' };
    if (place.depth === 0 && chance.in(6)) step.rollback = 'none';
    return this.#close(place, step, step.rollback !== 'none');
  }

  #approval(place: Place): JsonObject {
    const chance = this.#chance;
    const approval: { [field: string]: Json } = chance.in(3)
      ? { when: this.#condition(place) }
      : { ask: 'Shall we?' };
    if (chance.in(2)) approval.expires = '20m';
    if (chance.in(3)) approval.escalate = [{ after: '10m', to: ['oncall:ir'] }];
    return approval;
  }

  #wait(): Json {
    const chance = this.#chance;
    const signal = { for: 'incident.updated', match: 'signal.incident.id == "none"' };
    return chance.of<Json>('10m', { ...signal, timeout: '15m', on_timeout: chance.of('continue', 'fail') });
  }

  #gate(place: Place): JsonObject[] {
    const covered = this.#act(place);
    const { id } = covered;
    const gate: { [field: string]: Json } = {
      id: this.#name('gate'),
      approval: { ask: 'All of it?', covers: [id ?? ''] },
      on_denied: this.#chance.of('continue', 'continue', 'fail'),
    };
    return [gate, covered];
  }

  #undo(place: Place): JsonObject {
    const chance = this.#chance;
    const effects = this.#known.filter(({ effect }) => effect).map(({ id }) => id);
    if (effects.length === 0) return this.#act(place);
    const step: { [field: string]: Json } = {
      id: this.#name('undo'),
      undo: chance.in(3) ? 'all' : [chance.of(...effects)],
      reason: 'It was nothing',
    };
    if (chance.in(3)) step.approval = {};
    return this.#close(place, step, false);
  }

  #call(place: Place): JsonObject {
    const step: { [field: string]: Json } = {
      id: this.#name('call'),
      call: 'small-child',
      with: { host_id: '${{ inputs.host_id }}', fails: '${{ inputs.flag }}' },
    };
    if (this.#chance.in(3)) step.approval = {};
    return this.#close(place, step, true);
  }

  #parallel(place: Place): JsonObject {
    const id = this.#name('both');
    const branch = (name: string) =>
      this.#inner({ ...place, alone: false, item: `"${hostOf(this.#seed, id + name)}"` });
    const [one, two] = this.#apart([() => branch('x'), () => branch('y')]);
    return this.#close(place, { id, parallel: { one: one ?? [], two: two ?? [] }, join: 'settle' }, null);
  }

  #foreach(place: Place): JsonObject {
    const chance = this.#chance;
    const as = this.#name('host');
    const steps = this.#scoped(() => this.#inner({ ...place, item: as }));
    const step: { [field: string]: Json } = {
      id: this.#name('each'),
      foreach: 'inputs.hosts',
      as,
      key: as,
      max_items: chance.of(2, 20, 20),
      on_item_error: chance.of('continue', 'stop'),
      steps,
    };
    if (chance.in(3)) step.approval = this.#approval(place);
    if (chance.in(3)) step.collect = '${{ index }}';
    return this.#close(place, step, null);
  }

  /** What any step may have. Beside others nothing ends the run, or takes back what they do. */
  #close(place: Place, step: { [field: string]: Json }, effect: boolean | null): JsonObject {
    const chance = this.#chance;
    const id = String(step.id);
    const words = place.alone
      ? ['continue', 'fail', ...(place.top === 'main' ? ['undo'] : [])]
      : ['continue'];
    if (effect !== null && step.if === undefined && chance.in(5)) step.if = this.#condition(place);
    const asks = 'approval' in step || ['action', 'foreach', 'call', 'undo'].some((key) => key in step);
    if (asks) step.on_denied = place.alone ? chance.of('continue', 'continue', 'fail', 'stop') : 'continue';
    if (!place.alone || chance.in(2)) {
      const then = chance.of(...words);
      step.on_error = chance.in(3) ? { steps: [this.tell()], then } : then;
    }
    this.#known = [
      ...this.#known,
      { id, effect: effect ?? /"action":"(edr|directory)/.test(JSON.stringify(step)) },
    ];
    return step;
  }

  #condition(place: Place): string {
    const chance = this.#chance;
    const known = this.#known.length === 0 || !place.alone ? null : chance.of(...this.#known).id;
    return chance.of(
      'inputs.flag',
      'size(inputs.hosts) > 1',
      'vars.note == "none"',
      ...(known === null
        ? []
        : [
            `steps.${known}.status == "${chance.of('succeeded', 'failed', 'denied', 'skipped')}"`,
            `steps.${known}.status in ["failed", "denied"]`,
            `steps.${known}.approval.outcome == "${chance.of('granted', 'denied', 'not_asked')}"`,
            `steps.${known}.?failure.?code.orValue("") == "action/forbidden"`,
            `steps.${known}.attempts > 0`,
          ]),
    );
  }
}
