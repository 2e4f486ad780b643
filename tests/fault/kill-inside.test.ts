import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { createAdvancer } from '../../engine/runtime/gather-inbounds.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import { crowdHostId } from '../../examples/lab/seed/grow-crowd.ts';
import { type ApprovalId, defaultTenant, mintId } from '../../schemas/ids.ts';
import { openDeadlines } from '../support/make-due.ts';
import { useBackends } from './backends.ts';
import { readSealedLog } from './expect-aftermath.ts';
import { openScene, type Scene, testActor } from './open-scene.ts';

/*
 * Loops and undos are many scopes that tell each other things by messages. An engine dies several times
 * while items act, and several times while what they did is taken back.
 */

const runs = 3;
const hostsPerRun = 25;
const hosts = runs * hostsPerRun;
/** So many effects are there when the engine dies: in the loop, then in the undo. */
const deaths = [1, 15, 30, 45, 60, 70];

const playbook = `
kind: playbook/v1
id: crowd-sweep
title: Isolate a crowd and give it back
description: Isolates every host of the alert, then takes all of it back.
status: stable
version: 1.0.0
author: tests
owner: group:soc
mode: enforce
triggers:
  - id: alert
    type: alert.created
    match: alert.category == "sweep"
defaults: { retry: { max_attempts: 20, backoff: fixed, initial: 1s } }
steps:
  - id: sweep
    foreach: alert.targets.hosts
    as: machine
    key: machine.id
    max_items: 100
    max_parallel: 5
    steps:
      - id: isolate
        action: edr.isolate-host
        timeout: 2s
        with: { host_id: "\${{ machine.id }}", comment: "Run \${{ run.id }}" }
    collect: \${{ steps.isolate.status }}
  - id: back
    undo: [sweep]
    reason: It was nothing
outputs:
  summary: \${{ steps.sweep.summary }}
  states: \${{ steps.sweep.collected }}
`;

describe.each(await useBackends())('an engine killed inside loops and undos, queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'loses no item and no record, and does none twice',
    async () => {
      const scene = await openScene(backend, { hosts, users: 0 });
      await begin(scene);
      const decide = await somebody(scene);
      const dead: string[] = [];
      const counts = async (counted: string) => {
        await endLeases(scene, dead);
        await decide();
        return scene.count(counted);
      };
      for (const counted of [isolated, released]) {
        for (const enough of deaths) {
          const engine = scene.start();
          await scene.until(`${enough} of: ${counted}`, async () => (await counts(counted)) >= enough);
          await engine.kill();
          dead.push(engine.name);
        }
      }
      scene.start();
      await scene.until('every run ends', async () => (await counts(ended)) === runs);
      await scene.stopAll();
      await expectNothingLost(scene);
      expectEachOnce(await readSealedLog(scene));
    },
    180_000,
  );
});

const isolated = `select count(*) from undo_records`;
const released = `select count(*) from undo_records where state = 'undone'`;
const ended = `select count(*) from runs where state not in ('queued', 'running', 'waiting', 'undoing')`;

/**
 * A lease lasts as long as an attempt may take, a minute for a release; nobody has to sit it out here.
 * Asked again and again: PostgreSQL may commit a claim after the engine that sent it is dead.
 */
async function endLeases(scene: Scene, dead: readonly string[]): Promise<void> {
  await scene.database.owner.query(
    `update attempts set lease_until = clock_timestamp()
      where state = 'claimed' and worker = any($1) and lease_until > clock_timestamp()`,
    [dead],
  );
}

/**
 * An isolation that is there after its worker died may be anybody's, so taking it back is asked about
 * first. Returns what somebody does who says yes to everything that is asked.
 */
async function somebody({ parts, database }: Scene): Promise<() => Promise<void>> {
  const personId = mintId('PersonId');
  await database.app.query(
    `insert into people (tenant_id, id, name, roles, groups) values ($1, $2, 'Bo', '{approver}', '{soc}')`,
    [defaultTenant, personId],
  );
  const advancer = createAdvancer(parts);
  return async () => {
    const { rows } = await database.app.query<{ id: ApprovalId; digest: string }>(
      `select id, digest from approvals where state = 'pending'`,
    );
    for (const { id, digest } of rows) {
      const settled = await settleApproval(parts, advancer, {
        signedInAtMs: Date.now(),
        approvalId: id,
        decision: 'approve',
        digest,
        comment: 'It was ours',
        personId,
        actor: { kind: 'person', id: personId, channel: 'api' },
        requestId: 'test',
      });
      expect(settled).toMatchObject({ ok: true });
    }
  };
}

async function begin(scene: Scene): Promise<void> {
  const { parts } = scene;
  const published = await publishPlaybook(parts, {
    source: playbook,
    file: 'sweep.yaml',
    expectedId: null,
    actor: testActor,
    requestId: 'test',
    registry: manifestsOf(createRegistry()),
  });
  if (!published.ok) throw new Error(JSON.stringify(published));
  for (let run = 0; run < runs; run++) {
    const named = Array.from({ length: hostsPerRun }, (_, n) => crowdHostId(run * hostsPerRun + n));
    const body = {
      source_id: `sweep-${run}`,
      title: 'Made for a test',
      severity: 'high',
      category: 'sweep',
      created_at: '2026-11-20T10:00:00Z',
      targets: { hosts: named.map((id) => ({ id, name: id })) },
    };
    const accepted = await acceptAlert(parts, { source: 'tests', body, actor: testActor, requestId: 'test' });
    if (!accepted.ok) throw new Error(accepted.detail);
  }
}

async function expectNothingLost(scene: Scene): Promise<void> {
  const { rows } = await scene.database.owner.query(
    `select (select count(*)::int from attempts where state in ('queued', 'claimed')) as attempts,
       (select count(*)::int from outbox) as outbox, ${openDeadlines()} as deadlines,
       (select count(*)::int from messages) as messages, (select count(*)::int from holds) as holds,
       (select count(*)::int from undo_records) as records,
       (select count(*)::int from undo_records where state = 'undone') as undone,
       (select count(*)::int from scopes where kind in ('item', 'undo') and live <> 'ended') as open`,
  );
  const nothing = { attempts: 0, outbox: 0, deadlines: 0, messages: 0, holds: 0, open: 0 };
  expect(rows[0]).toEqual({ ...nothing, records: hosts, undone: hosts });
  const told = await scene.database.owner.query<{ state: string; outputs: unknown }>(
    'select state, outputs from runs',
  );
  const none = { failed: 0, denied: 0, skipped: 0, cancelled: 0 };
  for (const run of told.rows) {
    expect(run).toEqual({
      state: 'succeeded',
      outputs: {
        summary: { total: hostsPerRun, succeeded: hostsPerRun, ...none },
        states: Array.from({ length: hostsPerRun }, () => 'succeeded'),
      },
    });
  }
  for (let n = 0; n < hosts; n++) {
    const host = scene.lab.estate.host(crowdHostId(n));
    expect(host.isolation, `host ${n}`).toBe('none');
    const once = { orders: 1, applied: 1, releaseOrders: 1, released: 1, duplicates: 0, failed: 0 };
    expect(host.effects['network-isolated'], `host ${n}`).toMatchObject(once);
  }
}

/** The log tells of each effect, each loop and each run once, whatever died in between. */
function expectEachOnce(entries: readonly Entry[]): void {
  const told = (type: Entry['type']) => entries.filter((entry) => entry.type === type);
  expect(told('run.finished')).toHaveLength(runs);
  expect(told('action.succeeded')).toHaveLength(2 * hosts);
  expect(new Set(told('action.succeeded').map((entry) => entry.actionKey)).size).toBe(2 * hosts);
  expect(told('undo.recorded')).toHaveLength(hosts);
  expect(told('undo.settled')).toHaveLength(hosts);
  for (const entry of entries) expect(entry.code, JSON.stringify(entry)).not.toBe('run/unexpected-event');
}
