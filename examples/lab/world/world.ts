import type { Scenario } from '../scenario.ts';
import { createLedger, type Effect, type EffectLedger, type SavedLedger } from './effect-ledger.ts';
import { createClock, type LabClock, type SavedClock } from './lab-clock.ts';
import type {
  ChatMessage,
  Group,
  Host,
  Indicator,
  MachineAction,
  Mail,
  Remediation,
  SecurityObject,
  User,
} from './records.ts';
import { createTimeline, type DueTask, type Timeline } from './timeline.ts';

/** The whole estate as plain JSON: what the data file holds. */
export interface WorldData {
  version: 2;
  clock: SavedClock;
  seq: number;
  hosts: Host[];
  machineActions: MachineAction[];
  users: User[];
  groups: Group[];
  mails: Mail[];
  remediations: Remediation[];
  indicators: Indicator[];
  alerts: SecurityObject[];
  incidents: SecurityObject[];
  channels: string[];
  chat: ChatMessage[];
  tasks: DueTask[];
  ledger: SavedLedger;
}

/** The estate in memory, with the indexes that keep look-ups cheap. */
export interface World {
  scenario: Scenario;
  readonly clock: LabClock;
  readonly timeline: Timeline;
  readonly ledger: EffectLedger;
  readonly hosts: Map<string, Host>;
  /** Full and short computer names in lower case → id. */
  readonly hostIdByName: Map<string, string>;
  readonly machineActions: Map<string, MachineAction>;
  readonly users: Map<string, User>;
  /** User principal names in lower case → id. */
  readonly userIdByName: Map<string, string>;
  readonly groups: Map<string, Group>;
  readonly mails: Map<string, Mail>;
  readonly mailsNewestFirst: Mail[];
  readonly mailsByMessage: Map<string, Mail[]>;
  readonly remediations: Map<string, Remediation>;
  readonly indicators: Map<string, Indicator>;
  readonly alerts: Map<string, SecurityObject>;
  readonly incidents: Map<string, SecurityObject>;
  readonly channels: Set<string>;
  readonly chat: ChatMessage[];
  nextSeq(): number;
  /** Writes an effect down; every change of the estate goes through here or through `changed`. */
  record(effect: Effect, atMs: number): void;
  changed(): void;
  save(): WorldData;
}

export function createWorld(data: WorldData, scenario: Scenario, onChange: () => void): World {
  const clock = createClock(data.clock);
  const timeline = createTimeline(data.tasks);
  const ledger = createLedger(data.ledger);
  let { seq } = data;

  const hosts = byId(data.hosts, (host) => host.machine.id);
  const hostIdByName = new Map<string, string>();
  for (const { machine } of data.hosts) {
    const name = machine.computerDnsName.toLowerCase();
    hostIdByName.set(name, machine.id);
    hostIdByName.set(name.split('.')[0] ?? name, machine.id);
  }
  const mailsByMessage = new Map<string, Mail[]>();
  for (const mail of data.mails) {
    const copies = mailsByMessage.get(mail.message.networkMessageId);
    if (copies === undefined) mailsByMessage.set(mail.message.networkMessageId, [mail]);
    else copies.push(mail);
  }

  const world: World = {
    scenario,
    clock,
    timeline,
    ledger,
    hosts,
    hostIdByName,
    machineActions: byId(data.machineActions, (action) => action.id),
    users: byId(data.users, (user) => user.id),
    userIdByName: new Map(data.users.map((user) => [user.userPrincipalName.toLowerCase(), user.id])),
    groups: byId(data.groups, (group) => group.id),
    mails: byId(data.mails, (mail) => mail.id),
    mailsNewestFirst: data.mails.toSorted((a, b) => b.loggedMs - a.loggedMs),
    mailsByMessage,
    remediations: byId(data.remediations, (remediation) => remediation.bulkId),
    indicators: byId(data.indicators, (indicator) => indicator.id),
    alerts: byId(data.alerts, (alert) => alert.id),
    incidents: byId(data.incidents, (incident) => incident.id),
    channels: new Set(data.channels),
    chat: [...data.chat],
    nextSeq() {
      seq += 1;
      return seq;
    },
    record(effect, atMs) {
      ledger.record(effect, atMs);
      onChange();
    },
    changed: onChange,
    save: () => ({
      version: 2,
      clock: clock.save(),
      seq,
      hosts: [...hosts.values()],
      machineActions: [...world.machineActions.values()],
      users: [...world.users.values()],
      groups: [...world.groups.values()],
      mails: [...world.mails.values()],
      remediations: [...world.remediations.values()],
      indicators: [...world.indicators.values()],
      alerts: [...world.alerts.values()],
      incidents: [...world.incidents.values()],
      channels: [...world.channels],
      chat: world.chat,
      tasks: timeline.save(),
      ledger: ledger.save(),
    }),
  };
  return world;
}

function byId<Row>(rows: Row[], idOf: (row: Row) => string): Map<string, Row> {
  return new Map(rows.map((row) => [idOf(row), row]));
}
