import { type EffectReport, showEffects } from './admin/answer-admin.ts';
import {
  type HostState,
  type LabState,
  type MailState,
  showHost,
  showMailState,
  showState,
  showUser,
  type UserState,
} from './admin/show-state.ts';
import type { RecordedCall } from './http/call-log.ts';
import type { Fault, ListedFault } from './http/fault-rules.ts';
import type { LabContext } from './lab-context.ts';
import type { Scenario } from './scenario.ts';
import type { EffectCounters } from './world/effect-ledger.ts';
import type { ChatMessage } from './world/records.ts';
import { settle } from './world/settle.ts';

/** The estate in the same process, for tests: what `/lab/…` offers over HTTP, typed. */
export interface LabEstate {
  state(): LabState;
  /** By machine id or computer name; throws when there is none. */
  host(key: string): HostState;
  /** By object id or user principal name. */
  user(key: string): UserState;
  mail(id: string): MailState;
  /** Messages of one channel, or of all, oldest first. */
  messages(channel?: string): ChatMessage[];
  effects(): EffectReport;
  /** Counters of one effect, e.g. `effect('network-isolated', 'host:…')`; all zero if it never was. */
  effect(effect: string, target: string): EffectCounters;
  calls(): RecordedCall[];
  callCount(): number;
  /** Returns the id of the fault. */
  addFault(fault: Fault): number;
  faults(): ListedFault[];
  clearFaults(): void;
  changeScenario(scenario: Partial<Scenario>): void;
  nowMs(): number;
  advance(ms: number): void;
  /** Without an argument the lab starts over with the scenario it was started with. */
  reset(scenario?: Partial<Scenario>): void;
}

export function createEstate(lab: LabContext): LabEstate {
  function settled() {
    settle(lab.world);
    return lab.world;
  }

  return {
    state() {
      settled();
      return showState(lab);
    },
    host(key) {
      const world = settled();
      const id = world.hostIdByName.get(key.toLowerCase()) ?? key;
      return showHost(world, found(world.hosts.get(id), `host ${key}`));
    },
    user(key) {
      const world = settled();
      const id = world.userIdByName.get(key.toLowerCase()) ?? key;
      return showUser(world, found(world.users.get(id), `user ${key}`));
    },
    mail(id) {
      const world = settled();
      return showMailState(world, found(world.mails.get(id), `mail ${id}`));
    },
    messages: (channel) =>
      lab.world.chat.filter((message) => channel === undefined || message.channel === channel),
    effects() {
      settled();
      return showEffects(lab);
    },
    effect: (effect, target) => settled().ledger.count(effect, target),
    calls: () => lab.calls.list(),
    callCount: () => lab.calls.total(),
    addFault: (fault) => lab.faults.add(fault),
    faults: () => lab.faults.list(),
    clearFaults: () => lab.faults.clear(),
    changeScenario: (scenario) => lab.changeScenario(scenario),
    nowMs: () => lab.world.clock.nowMs(),
    advance(ms) {
      lab.world.clock.advance(ms);
      lab.world.changed();
      settled();
    },
    reset: (scenario) => lab.reset(scenario),
  };
}

function found<Row>(row: Row | undefined, name: string): Row {
  if (row === undefined) throw new Error(`The estate has no ${name}.`);
  return row;
}
