import { expect } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { crowdHostId } from '../../examples/lab/seed/grow-crowd.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { openDeadlines } from '../support/make-due.ts';
import type { People } from './busy-people.ts';
import { readSealedLog } from './expect-aftermath.ts';
import { type Scene, testActor } from './open-scene.ts';

/*
 * Hosts that are isolated and given back again, in every way there is: by a step after a loop, by the end
 * of a lease, by the end of one that asks, and by a person after a run that people agreed to. When
 * everything is over the lab must look as if nothing had happened, with one order of each kind per host.
 */

/** A round is one run of each playbook. */
export const hostsPerRound = 5;
export const runsPerRound = 4;

const isolate = (host: string, more = '') => `id: isolate
    action: edr.isolate-host
    timeout: 2s
    with: { host_id: "\${{ ${host} }}", comment: "Run \${{ run.id }}" }
${more}`;

const loop = `
  - id: sweep
    foreach: alert.targets.hosts
    as: machine
    key: machine.id
    max_items: 10
    steps:
      - id: isolate
        action: edr.isolate-host
        timeout: 2s
        with: { host_id: "\${{ machine.id }}", comment: "Run \${{ run.id }}" }
  - id: back
    undo: [sweep]
    reason: It was nothing
`;
const question = '    approval: { ask: "Isolate it?", why: Made for a test, approvers: [group:soc] }\n';
const lease = (end: string) => `    lease: { for: 72h, warn: 6h, at_end: ${end} }\n`;
const ofOne = (more: string) => `\n  - ${isolate('alert.targets.hosts[0].id', more)}`;

const ways: { id: string; hosts: number; steps: string }[] = [
  { id: 'back-by-step', hosts: 2, steps: loop },
  { id: 'back-by-lease', hosts: 1, steps: ofOne(lease('release')) },
  { id: 'back-by-asking', hosts: 1, steps: ofOne(lease('ask')) },
  { id: 'back-by-hand', hosts: 1, steps: ofOne(question + lease('ask')) },
];

const playbook = (id: string, steps: string) => `
kind: playbook/v1
id: ${id}
title: Isolate and give back
description: Made for a test.
status: stable
version: 1.0.0
author: tests
owner: group:soc
mode: enforce
triggers:
  - id: alert
    type: alert.created
    match: alert.category == "${id}"
defaults: { retry: { max_attempts: 20, backoff: fixed, initial: 1s } }
steps:${steps}`;

export async function prepareTakenBack({ parts, database }: Scene): Promise<People> {
  for (const { id, steps } of ways) {
    const published = await publishPlaybook(parts, {
      source: playbook(id, steps),
      file: `${id}.yaml`,
      expectedId: null,
      actor: testActor,
      requestId: 'test',
      registry: manifestsOf(createRegistry()),
    });
    if (!published.ok) throw new Error(JSON.stringify(published));
  }
  const people = { approver: mintId('PersonId'), undoer: mintId('PersonId') };
  await database.app.query(
    `insert into people (tenant_id, id, name, roles, groups)
     values ($1, $2, 'Bo', '{approver}', '{soc}'), ($1, $3, 'Eva', '{approver}', '{soc}')`,
    [defaultTenant, people.approver, people.undoer],
  );
  return people;
}

export async function sendRound({ parts }: Scene, round: number): Promise<void> {
  let next = round * hostsPerRound;
  for (const { id, hosts } of ways) {
    const named = Array.from({ length: hosts }, () => crowdHostId(next++));
    const body = {
      source_id: `${id}-${round}`,
      title: 'Made for a test',
      severity: 'high',
      category: id,
      created_at: '2026-11-20T10:00:00Z',
      targets: { hosts: named.map((host) => ({ id: host, name: host })) },
    };
    const accepted = await acceptAlert(parts, { source: 'tests', body, actor: testActor, requestId: 'test' });
    if (!accepted.ok) throw new Error(accepted.detail);
  }
}

/**
 * What a clock would do: leases of effects end once, warned before, and so do those of attempts whose
 * worker is dead. Asked again and again: PostgreSQL may commit a claim after its engine is dead. A clock waits
 * for nobody: rows that an engine is at come with the next round, so the two never wait for each other.
 */
export async function letTimePass({ database }: Scene, dead: readonly string[]): Promise<void> {
  await database.owner.query(
    `update attempts set lease_until = clock_timestamp() where ctid in (
       select ctid from attempts where state = 'claimed' and worker = any($1) and lease_until > clock_timestamp()
       for update skip locked)`,
    [dead],
  );
  const leased = (which: string): string => `select u.ctid from undo_records u join runs r on r.id = u.run_id
    where r.playbook_id in ('back-by-lease', 'back-by-asking') and u.state = 'done' and ${which}
    for update of u skip locked`;
  await database.owner.query(
    `update undo_records set lease_warn_at = clock_timestamp() where ctid in (${leased(
      'u.lease_warn_at > clock_timestamp() and u.lease_warned_until is distinct from u.lease_until',
    )})`,
  );
  await database.owner.query(
    `update undo_records set leased_at = leased_at - interval '73 hours', lease_until = clock_timestamp() where ctid in (${leased(
      'u.lease_warned_until = u.lease_until and u.lease_asked is null and u.lease_until > clock_timestamp()',
    )})`,
  );
}

/** Zero when everything that was sent has been done and taken back and nobody has anything to do. */
export function leftToDo(scene: Scene, rounds: number): Promise<number> {
  return scene.count(
    `select (select $1::int - count(*) from undo_records where state = 'undone')
       + (select count(*) from runs where state in ('queued', 'running', 'waiting', 'undoing'))
       + (select count(*) from attempts where state in ('queued', 'claimed'))
       + (select count(*) from outbox) + (select count(*) from messages) + (select count(*) from holds)
       + (select count(*) from scopes where kind in ('loop', 'item', 'undo') and live <> 'ended')
       + (select count(*) from approvals where state = 'pending')`,
    [rounds * hostsPerRound],
  );
}

export async function expectTakenBack(scene: Scene, rounds: number): Promise<Entry[]> {
  expect(await leftToDo(scene, rounds)).toBe(0);
  const hosts = rounds * hostsPerRound;
  const { rows } = await scene.database.owner.query(
    `select (select count(*)::int from undo_records) as records,
       ${openDeadlines()} as deadlines,
       (select count(*)::int from runs where ended_at is not null) as ended`,
  );
  expect(rows[0]).toEqual({ records: hosts, deadlines: 0, ended: rounds * runsPerRound });
  const once = { orders: 1, applied: 1, releaseOrders: 1, released: 1, duplicates: 0, failed: 0 };
  for (let n = 0; n < hosts; n++) {
    const host = scene.lab.estate.host(crowdHostId(n));
    expect(host.isolation, `host ${n}`).toBe('none');
    expect(host.effects['network-isolated'], `host ${n}`).toMatchObject(once);
  }
  const entries = await readSealedLog(scene);
  expectToldOnce(entries, rounds);
  return entries;
}

/** Every effect, question, record and lease has one beginning and one end in the log, whatever died. */
function expectToldOnce(entries: readonly Entry[], rounds: number): void {
  const told = (type: Entry['type']) => entries.filter((entry) => entry.type === type);
  const hosts = rounds * hostsPerRound;
  const keys = told('action.succeeded').map((entry) => entry.actionKey);
  expect(keys).toHaveLength(2 * hosts);
  expect(new Set(keys).size).toBe(2 * hosts);
  const runs = rounds * runsPerRound;
  expect(new Set(told('run.started').map((entry) => entry.runId)).size).toBe(runs);
  expect(told('run.started')).toHaveLength(runs);
  expect(new Set(told('run.finished').map((entry) => entry.runId)).size).toBe(runs);
  expect(told('undo.recorded')).toHaveLength(hosts);
  expect(told('undo.settled')).toHaveLength(hosts);
  expect(told('lease.expiring')).toHaveLength(2 * rounds);
  expect(told('lease.ended')).toHaveLength(2 * rounds);
  expect(told('run.undo-requested')).toHaveLength(rounds);
  const votes = told('approval.voted').map((entry) => entry.approvalId);
  expect(new Set(votes).size).toBe(votes.length);
  expect(votes.length).toBe(told('approval.granted').length);
  const attempted = new Set<string>();
  for (const { type, actionKey = '', code, ...entry } of entries) {
    expect(code, JSON.stringify(entry)).not.toBe('run/unexpected-event');
    if (type === 'action.attempted') attempted.add(actionKey);
    const outcome = type === 'action.succeeded' || type === 'action.failed' || type === 'action.unknown';
    if (outcome) expect(attempted.has(actionKey), `${type} before its intent`).toBe(true);
  }
}
