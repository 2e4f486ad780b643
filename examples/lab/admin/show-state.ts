import type { LabContext } from '../lab-context.ts';
import { showMachineAction } from '../mde/show-machine-action.ts';
import type { Host, Mail, User } from '../world/records.ts';
import { timestamp } from '../world/timestamp.ts';
import type { World } from '../world/world.ts';

/** The whole estate as it is now, the truth that no API shows included. The caller has settled it. */
export function showState(lab: LabContext) {
  const { world } = lab;
  return {
    now: timestamp(world.clock.nowMs()),
    scenario: {
      ...world.scenario,
      clients: world.scenario.clients.map(({ secret: _secret, ...client }) => client),
    },
    hosts: [...world.hosts.values()].map((host) => showHost(world, host)),
    users: [...world.users.values()].map((user) => showUser(world, user)),
    mails: [...world.mails.values()].map((mail) => showMailState(world, mail)),
    remediations: [...world.remediations.values()].map((row) => ({ ...row, at: timestamp(row.atMs) })),
    indicators: [...world.indicators.values()],
    chat: world.chat,
    incidents: [...world.incidents.values()],
    alerts: [...world.alerts.values()],
    throttling: lab.throttle.counters(),
    faults: lab.faults.list(),
  };
}

export type LabState = ReturnType<typeof showState>;

export function showHost(world: World, host: Host) {
  const { machine, isolation, online, note, quarantinedFiles, device, managed } = host;
  const target = `host:${machine.id}`;
  return {
    machine,
    isolation,
    online,
    note,
    quarantinedFiles,
    device,
    managed,
    actions: host.actionIds
      .flatMap((id) => world.machineActions.get(id) ?? [])
      .map((action) => ({ ...showMachineAction(action, 'single'), stuck: action.stuck })),
    effects: { 'network-isolated': world.ledger.count('network-isolated', target) },
  };
}

export type HostState = ReturnType<typeof showHost>;

export function showUser(world: World, user: User) {
  const { sessionsValidFromMs, memberOf, ...fields } = user;
  const target = `user:${user.id}`;
  return {
    ...fields,
    sessionsValidFrom: timestamp(sessionsValidFromMs),
    memberOf: memberOf.map((id) => world.groups.get(id)?.displayName ?? id),
    effects: {
      'sign-in-blocked': world.ledger.count('sign-in-blocked', target),
      'sessions-revoked': world.ledger.count('sessions-revoked', target),
      'risk-confirmed': world.ledger.count('risk-confirmed', target),
    },
  };
}

export type UserState = ReturnType<typeof showUser>;

export function showMailState(world: World, mail: Mail) {
  const { message } = mail;
  const target = `mail:${mail.id}`;
  return {
    id: mail.id,
    networkMessageId: message.networkMessageId,
    recipient: mail.recipient,
    sender: message.sender.address,
    subject: message.subject,
    location: mail.location,
    place: mail.place,
    movingTo: mail.movingTo,
    effects: {
      quarantined: world.ledger.count('quarantined', target),
      'soft-deleted': world.ledger.count('soft-deleted', target),
    },
  };
}

export type MailState = ReturnType<typeof showMailState>;
