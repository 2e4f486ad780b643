import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Actor } from '../../engine/core/contracts/entry.ts';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { type Engine, openEngine, systemsOf } from '../../engine/runtime/open-engine.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { startRuns } from '../../engine/runtime/start-runs.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { type AlertId, defaultTenant, mintId, type RunId } from '../../schemas/ids.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { labConnections } from '../support/corridor.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { memoryQueue } from '../support/memory-queue.ts';
import { releaseAfter } from '../support/release-after.ts';
import { imapOut, ldapOut } from '../support/ways-out.ts';

export interface TraceRow {
  playbook_id: string;
  trigger_id: string;
  element_key: string;
  outcome: string;
  code: string | null;
  detail: string | null;
  run_id: string | null;
}

/** An engine over a real database whose loops do not run: each step of the way is taken by hand. */
export interface Matching {
  database: TestDatabase;
  engine: Engine;
  publish(text: string): Promise<void>;
  accept(body: Json, source?: string): Promise<Awaited<ReturnType<typeof acceptAlert>>>;
  /** Matches what waits, once; returns how many alerts there were. */
  match(): Promise<number>;
  /** Accepts an alert in our own shape and matches it. */
  raise(sourceId: string, change?: JsonObject): Promise<AlertId>;
  trace(alertId: AlertId): Promise<TraceRow[]>;
  runs(
    playbookId: string,
  ): Promise<{ id: RunId; state: string; reason: string | null; alert_id: string | null }[]>;
  setState(runId: RunId, state: string): Promise<void>;
}

export const actor: Actor = { kind: 'system', id: 'test', channel: 'engine' };

/** @param watch what the engine asks passes through it; what the test asks does not */
export async function openMatching(watch?: (database: Database) => Database): Promise<Matching> {
  const database = await useDatabase();
  const registry = createRegistry();
  const http = createHttp({ allowPrivate: true });
  const engine = openEngine({
    database: watch?.(database.app) ?? database.app,
    tenant: defaultTenant,
    mint: mintId,
    log: () => undefined,
    courier: memoryQueue(),
    registry,
    http,
    ldap: ldapOut,
    imap: imapOut,
    connections: labConnections('http://127.0.0.1:9', systemsOf(registry)),
    clock: { nowMs: Date.now },
    worker: 'test',
    publicUrl: 'http://riposte.example',
    leaseMarginMs: 10_000,
    executeWithinMs: 900_000,
    workerConcurrency: 1,
    onEntries: () => undefined,
  });
  releaseAfter(async () => {
    await engine.stop(1_000);
    await http.close();
    await database.drop();
  });
  const accept: Matching['accept'] = (body, source = 'scanner') =>
    acceptAlert(engine.parts, { source, body, actor, requestId: 'test' });
  const match = async () => (await startRuns(engine.parts, engine.admitter, 50)).events;
  return {
    database,
    engine,
    accept,
    match,
    async publish(text) {
      const published = await publishPlaybook(engine.parts, {
        source: text,
        file: 'test.yaml',
        expectedId: null,
        actor,
        requestId: 'test',
        registry: manifestsOf(registry),
      });
      if (!published.ok)
        throw new Error(
          `${published.detail} ${published.diagnostics.map((each) => `${each.line}:${each.column} ${each.message}`).join('; ')}`,
        );
    },
    async raise(sourceId, change = {}) {
      const accepted = await accept(ownAlert(sourceId, change));
      if (!accepted.ok) throw new Error(accepted.detail);
      await match();
      return accepted.alertId;
    },
    async trace(alertId) {
      const text = `select playbook_id, trigger_id, element_key, outcome, code, detail, run_id
        from decision_traces where event_id = $1 order by seq`;
      return (await database.app.query<TraceRow>(text, [alertId])).rows;
    },
    async runs(playbookId) {
      const text =
        'select id, state, reason, alert_id from runs where playbook_id = $1 order by created_at, id';
      return (await database.app.query<Awaited<ReturnType<Matching['runs']>>[number]>(text, [playbookId]))
        .rows;
    },
    async setState(runId, state) {
      await database.app.query('update runs set state = $2, ended_at = clock_timestamp() where id = $1', [
        runId,
        state,
      ]);
    },
  };
}

export function ownAlert(sourceId: string, change: JsonObject = {}): JsonObject {
  return {
    source_id: sourceId,
    title: 'Something happened',
    severity: 'high',
    created_at: '2026-11-20T03:00:00Z',
    targets: { hosts: [{ id: 'H1', name: 'h1' }] },
    ...change,
  };
}

/** A playbook whose runs wait for a person for as long as a test needs them to. */
export function waitingPlaybook(id: string, more: string, each = 'each: alert.targets.hosts'): string {
  return `kind: playbook/v1
id: ${id}
title: Wait for a person
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
mode: enforce
falsepositives: [None]
triggers:
  - id: on_alert
    type: alert.created
    match: alert.category == "${id}"
    ${each}
    as: host
inputs:
  host_id:
    type: string
    from:
      on_alert: \${{ host.id }}
${more}
steps:
  - id: look
    approval: { ask: Go on?, approvers: [group:soc] }
`;
}
