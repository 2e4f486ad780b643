import { isDeepStrictEqual } from 'node:util';
import type { Command, RunEvent, RunOutcome } from '../../engine/core/contracts/command.ts';
import type { EntryDraft } from '../../engine/core/contracts/entry.ts';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import type { LoopItem, ScopeGiven, ScopeResult, UndoRecord } from '../../engine/core/contracts/scope.ts';
import {
  liveState,
  type RunGiven,
  type ScopeSnapshot,
  type Snapshot,
} from '../../engine/core/run/context.ts';
import { decide, firstSnapshot } from '../../engine/core/run/decide.ts';
import { itemPath, roundPath } from '../../engine/core/run/scope-path.ts';
import { decodeSnapshot, encodeSnapshot } from '../../engine/core/run/stored-snapshot.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { givenOf, runScope, someApproval } from './build-plan.ts';

/*
 * All scopes of one run in memory: messages go from scope to scope as they do between rows, and the
 * questions that only a database can answer are answered from plain lists. What happens outside
 * (actions, people, time) is sent by the test.
 */

interface PlayedScope {
  given: ScopeGiven;
  snapshot: ScopeSnapshot;
  begun: boolean;
  result: ScopeResult | null;
}

type CheckGuards = Extract<Command, { kind: 'check-guards' }>;

export interface Answers {
  /** `ask-anew`: on terms, which the yes before may not be enough for. `voided`: what it would go out on is none any more. */
  guard?: (command: CheckGuards) => 'ask' | 'ask-anew' | 'denied' | 'held' | 'voided' | 'allowed';
  hold?: (record: UndoRecord) => Extract<RunEvent, { type: 'hold.released' }>['outcome'];
  place?: boolean | (() => boolean);
  child?: 'started' | 'refused';
  /** Whether the attempt could be taken back before a worker had it. */
  revoke?: (ref: string) => boolean;
}

/** One decision as it was made: what was known before, what came of it. */
export interface Played {
  scope: ScopeGiven;
  event: RunEvent;
  before: ScopeSnapshot;
  after: ScopeSnapshot;
  commands: Command[];
  entries: EntryDraft[];
}

export class World {
  readonly scopes = new Map<string, PlayedScope>();
  readonly commands: { scope: string; command: Command }[] = [];
  readonly entries: EntryDraft[] = [];
  readonly decisions: Played[] = [];
  readonly records: (UndoRecord & { state: string })[] = [];
  nowMs = 1_000;
  ended: Extract<Command, { kind: 'finish-run' }> | null = null;
  readonly #plan: Plan;
  readonly #given: RunGiven;
  readonly #answers: Answers;
  readonly #connections: { [system: string]: string[] };
  readonly #messages: { to: string; event: RunEvent }[] = [];

  constructor(
    plan: Plan,
    options: {
      given?: Partial<RunGiven>;
      answers?: Answers;
      snapshot?: Snapshot;
      connections?: { [system: string]: string[] };
    } = {},
  ) {
    this.#plan = plan;
    this.#connections = options.connections ?? { edr: ['lab'], chat: ['lab'] };
    this.#given = givenOf(plan, options.given);
    this.#answers = options.answers ?? {};
    const snapshot = options.snapshot ?? firstSnapshot(plan, runScope, null);
    this.scopes.set('run', { given: runScope, snapshot, begun: true, result: null });
  }

  start(): this {
    return this.send({ type: 'run.started' });
  }

  /** To the scope that the event's step belongs to, or to the run. */
  send(event: RunEvent, scope = 'ref' in event ? scopeOf(event.ref) : 'run'): this {
    this.post(event, scope);
    for (let next = this.#messages.shift(); next !== undefined; next = this.#messages.shift()) {
      this.#deliver(next.to, next.event);
    }
    return this;
  }

  /** Like `send`, but it lies in its box until it is delivered. */
  post(event: RunEvent, scope = 'ref' in event ? scopeOf(event.ref) : 'run'): void {
    this.#messages.push({ to: scope, event });
  }

  /** Scopes that have mail. */
  mail(): string[] {
    return [...new Set(this.#messages.map((message) => message.to))];
  }

  get undelivered(): RunEvent[] {
    return this.#messages.map((message) => message.event);
  }

  /** The oldest message of one scope. */
  deliver(to: string): void {
    const index = this.#messages.findIndex((message) => message.to === to);
    const [message] = index === -1 ? [] : this.#messages.splice(index, 1);
    if (message !== undefined) this.#deliver(message.to, message.event);
  }

  succeed(ref: string, outputs: JsonObject = {}, changed: boolean | null = true): this {
    return this.send({ type: 'action.succeeded', ref, attempt: 1, outputs, changed });
  }

  fail(ref: string, code = 'not-found'): this {
    const failure = { code, kind: 'terminal' as const, message: `${code} happened` };
    return this.send({ type: 'action.failed', ref, attempt: 1, failure });
  }

  pass(ref: string, deadline: Extract<RunEvent, { type: 'deadline.passed' }>['deadline']): this {
    return this.send({ type: 'deadline.passed', ref, deadline, seq: 0, claimed: false });
  }

  grant(ref: string): this {
    return this.send({
      type: 'approval.granted',
      ref,
      approvalId: 'apr_1' as never,
      by: ['per_1'],
      comment: '',
      executeBeforeMs: 10_000_000,
    });
  }

  deny(ref: string): this {
    return this.send({
      type: 'approval.denied',
      ref,
      approvalId: 'apr_1' as never,
      by: 'per_1',
      comment: 'no',
    });
  }

  cancel(undo = false): this {
    return this.send({ type: 'run.cancel', by: 'per_1', reason: 'enough', undo });
  }

  step(path: string) {
    const scope = this.scopes.get(scopeOf(path));
    if (scope === undefined || !('context' in scope.snapshot)) return undefined;
    const { body } = scope.given;
    const planPath = body === scope.given.path ? path : body + path.slice(scope.given.path.length);
    return scope.snapshot.context.steps[planPath];
  }

  status(path: string): string {
    return this.step(path)?.status ?? 'pending';
  }

  get outcome(): RunOutcome | null {
    return this.ended?.outcome ?? null;
  }

  /** Commands of one kind, with the scope they came from. */
  ordered<Kind extends Command['kind']>(kind: Kind): Extract<Command, { kind: Kind }>[] {
    return this.commands.flatMap(({ command }) =>
      command.kind === kind ? [command as Extract<Command, { kind: Kind }>] : [],
    );
  }

  /** Step paths of the attempts that went out, in order. */
  performed(): string[] {
    return this.ordered('enqueue-attempt')
      .filter((command) => command.purpose === 'perform')
      .map((command) => command.ref);
  }

  wrote(type: EntryDraft['type']): EntryDraft[] {
    return this.entries.filter((entry) => entry.type === type);
  }

  live(): 'running' | 'waiting' {
    const open = [...this.scopes.values()].filter((scope) => scope.begun && scope.result === null);
    return open.some((scope) => liveState(scope.snapshot) === 'running') ? 'running' : 'waiting';
  }

  /** As the engine does: all that a decision orders is taken down before its answers are decided about. */
  #deliver(to: string, first: RunEvent): void {
    const queue = [first];
    for (const event of queue) queue.push(...this.#decide(to, event));
  }

  #decide(to: string, event: RunEvent): RunEvent[] {
    const scope = this.scopes.get(to);
    if (scope === undefined) throw new Error(`no scope ${to} for ${event.type}`);
    const deciding = {
      plan: this.#plan,
      given: this.#given,
      scope: scope.given,
      nowMs: this.nowMs,
      connections: this.#connections,
    };
    const before = scope.snapshot;
    const stored = encodeSnapshot(before);
    const untouched = JSON.stringify(before);
    const decision = decide(deciding, decodeSnapshot(stored), event);
    // An engine that still has the snapshot does not read it back: it must decide the same, and leave it as it is.
    const kept = decide(deciding, before, event);
    if (!isDeepStrictEqual(kept, decision) || JSON.stringify(before) !== untouched)
      throw new Error(`${event.type} is decided otherwise about the snapshot than about its text ${stored}`);
    scope.snapshot = decision.snapshot;
    const { commands, entries } = decision;
    this.decisions.push({ scope: scope.given, event, before, after: decision.snapshot, commands, entries });
    this.entries.push(...decision.entries);
    return decision.commands.flatMap((command) => {
      this.commands.push({ scope: to, command });
      return this.#obey(scope, command);
    });
  }

  /** Answers of the same transaction; messages to other scopes wait their turn. */
  #obey(scope: PlayedScope, command: Command): RunEvent[] {
    const { path } = scope.given;
    switch (command.kind) {
      case 'check-guards':
        return [this.#guard(command)];
      case 'foresee-guards':
        return [{ type: 'guards.foreseen', ref: command.ref, demand: null }];
      case 'open-loop':
        this.#openLoop(path, command);
        return [];
      case 'open-round': {
        const round = roundPath(command.ref, command.number);
        this.#open(
          {
            path: round,
            kind: 'round',
            body: planPath(command.ref),
            parent: path,
            frame: command.frame,
            item: null,
          },
          true,
        );
        return [];
      }
      case 'begin-items':
        for (let index = command.from; index < command.to; index += 1) {
          const item = this.#itemOf(path, index);
          item.begun = true;
          this.#messages.push({ to: item.given.path, event: { type: 'scope.begin' } });
        }
        return [];
      case 'halt-items':
        for (const item of this.#itemsOf(path)) {
          if (item.begun && item.result === null) {
            this.#messages.push({ to: item.given.path, event: { type: 'scope.halt' } });
          }
        }
        return [];
      case 'halt-scope': {
        const inner = [...this.scopes.values()].filter(
          (each) =>
            each.result === null &&
            (each.given.path === command.ref || each.given.path.startsWith(`${command.ref}#`)),
        );
        for (const each of inner) this.#messages.push({ to: each.given.path, event: { type: 'scope.halt' } });
        return [];
      }
      case 'finish-scope':
        this.#finish(scope, command.result);
        return [];
      case 'stop-run':
        this.#messages.push({
          to: 'run',
          event: { type: 'scope.stop', outcome: command.outcome, reason: command.reason, from: path },
        });
        return [];
      case 'plan-undo':
        return [{ type: 'undo.planned', ref: command.ref, records: this.#claim(command.steps) }];
      case 'unplan-undo':
        for (const record of this.records) if (command.records.includes(record.id)) record.state = 'done';
        return [];
      case 'release-hold': {
        const record = this.records.find((each) => each.id === command.recordId);
        if (record === undefined) throw new Error(`no record ${command.recordId}`);
        const outcome =
          'irreversible' in record.inverse ? 'irreversible' : (this.#answers.hold?.(record) ?? 'dispatch');
        return [{ type: 'hold.released', ref: command.ref, outcome }];
      }
      case 'settle-undo':
        for (const record of this.records) if (record.id === command.recordId) record.state = command.outcome;
        return [];
      case 'record-undo':
        this.records.push({
          ...command.record,
          id: `und_${this.records.length + 1}`,
          seq: this.records.length + 1,
          runId: this.#given.runId,
          stepPath: command.ref,
          state: 'done',
        });
        return [];
      case 'start-child':
        return this.#answers.child === 'refused'
          ? [
              {
                type: 'child.refused',
                ref: command.ref,
                failure: { code: 'run/child-failed', kind: 'terminal', message: 'it is disabled' },
              },
            ]
          : [{ type: 'child.started', ref: command.ref, runId: 'run_2' }];
      case 'want-place':
        return this.#placeIsFree() ? [{ type: 'place.granted' }] : [];
      case 'revoke-attempt':
        return this.#answers.revoke?.(command.ref) === true
          ? [{ type: 'attempt.revoked', ref: command.ref }]
          : [];
      case 'finish-run':
        this.ended = command;
        return [];
      default:
        return [];
    }
  }

  #placeIsFree(): boolean {
    const { place } = this.#answers;
    return typeof place === 'function' ? place() : place !== false;
  }

  #guard(command: CheckGuards): RunEvent {
    const { ref, deny, grant } = command;
    if (deny !== null) return { type: 'guard.denied', ref, guardId: deny.guardId, message: deny.message };
    switch (this.#answers.guard?.(command) ?? 'allowed') {
      case 'ask':
        return { type: 'guard.ask', ref, guardId: 'burst', message: 'ten in an hour' };
      case 'ask-anew': {
        const terms = { approvers: someApproval.approvers, quorum: someApproval.quorum };
        return { type: 'guard.ask', ref, guardId: 'rule', message: 'on our terms', terms };
      }
      case 'voided': {
        if (grant === undefined) throw new Error(`${ref} would not go out on a yes`);
        const approvalId = grant.approvalId as ApprovalId;
        return { type: 'approval.voided', ref, approvalId, code: 'approval/grant-void', message: 'no more' };
      }
      case 'denied':
        return { type: 'guard.denied', ref, guardId: 'burst', message: 'ten in an hour' };
      case 'held':
        return { type: 'guard.held', ref, by: 'stop', message: 'emergency stop' };
      case 'allowed':
        return { type: 'guard.allowed', ref };
    }
  }

  #openLoop(parent: string, command: Extract<Command, { kind: 'open-loop' }>): void {
    const { ref, loop, frame, items } = command;
    const kind = loop.of === 'undo' ? 'undo' : 'item';
    const body = loop.of === 'undo' ? 'undo' : loop.body;
    for (const item of items) {
      const given: ScopeGiven = { path: itemPath(ref, item.key), kind, body, parent: ref, frame, item };
      this.scopes.set(given.path, {
        given,
        snapshot: firstSnapshot(this.#plan, given, null),
        begun: false,
        result: null,
      });
    }
    const given: ScopeGiven = { path: ref, kind: 'loop', body: planPath(ref), parent, frame, item: null };
    this.scopes.set(ref, {
      given,
      snapshot: firstSnapshot(this.#plan, given, loop),
      begun: true,
      result: null,
    });
    this.#messages.push({ to: ref, event: { type: 'scope.begin' } });
  }

  #open(given: ScopeGiven, begun: boolean): void {
    this.scopes.set(given.path, {
      given,
      snapshot: firstSnapshot(this.#plan, given, null),
      begun,
      result: null,
    });
    this.#messages.push({ to: given.path, event: { type: 'scope.begin' } });
  }

  #finish(scope: PlayedScope, result: ScopeResult): void {
    const { path, kind, parent, item } = scope.given;
    scope.result = kind === 'loop' ? this.#gathered(scope, result) : result;
    if (kind === 'loop') this.#giveBackUnbegun(path);
    if (parent === null) return;
    if (item !== null) {
      const { index, key } = item;
      this.#messages.push({ to: parent, event: { type: 'item.finished', index, key, result } });
    } else {
      const ref = kind === 'round' ? path.slice(0, path.lastIndexOf('#')) : path;
      this.#messages.push({
        to: parent,
        event: { type: 'scope.finished', ref, scope: path, result: scope.result },
      });
    }
  }

  /** Records of an undo that never began can be taken back later. */
  #giveBackUnbegun(loop: string): void {
    const left = this.#itemsOf(loop).filter((item) => item.given.kind === 'undo' && !item.begun);
    for (const record of this.records)
      if (left.some((item) => item.given.item?.key === String(record.seq))) record.state = 'done';
  }

  /** What the database adds when a loop ends. */
  #gathered(loop: PlayedScope, result: ScopeResult): ScopeResult {
    if (!('loop' in loop.snapshot)) return result;
    const { order } = loop.snapshot.loop;
    const items = this.#itemsOf(loop.given.path);
    const outputs: { [name: string]: Json } = { ...result.outputs };
    if (order.collects) outputs.collected = items.map((each) => each.result?.collected ?? null);
    if (order.readsItems) {
      outputs.items = items.map((each) => ({
        key: (each.given.item as LoopItem).key,
        status: each.result?.status ?? 'skipped',
        outputs: each.result?.outputs ?? {},
      }));
    }
    return { ...result, outputs };
  }

  #itemsOf(loop: string): PlayedScope[] {
    return [...this.scopes.values()]
      .filter((each) => each.given.parent === loop && each.given.item !== null)
      .toSorted((one, other) => (one.given.item?.index ?? 0) - (other.given.item?.index ?? 0));
  }

  #itemOf(loop: string, index: number): PlayedScope {
    const item = this.#itemsOf(loop)[index];
    if (item === undefined) throw new Error(`no item ${index} in ${loop}`);
    return item;
  }

  #claim(steps: 'all' | string[]): UndoRecord[] {
    const chosen = this.records.filter(
      (record) =>
        record.state === 'done' &&
        (steps === 'all' ||
          steps.some((step) => record.stepPath === step || record.stepPath.startsWith(`${step}[`))),
    );
    for (const record of chosen) record.state = 'undoing';
    return chosen.toReversed().map(({ state: _, ...record }) => record);
  }
}

function scopeOf(ref: string): string {
  return ref === 'run' ? ref : ref.slice(0, ref.lastIndexOf('/'));
}

function planPath(runtimePath: string): string {
  return runtimePath
    .split('/')
    .map((piece) => piece.replace(/(\[.*\]|#\d+)$/, ''))
    .join('/');
}
