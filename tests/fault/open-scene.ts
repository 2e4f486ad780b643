import { setTimeout as sleep } from 'node:timers/promises';
import { createRegistry } from '../../actions/registry.ts';
import type { Role } from '../../api/process/config.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Actor } from '../../engine/core/contracts/entry.ts';
import { acceptAlert, createIntake } from '../../engine/runtime/accept-alert.ts';
import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { createFrameLoader } from '../../engine/runtime/keep-frames.ts';
import { createKeptRuns } from '../../engine/runtime/keep-runs.ts';
import { createPlanLoader } from '../../engine/runtime/load-plan.ts';
import { systemsOf } from '../../engine/runtime/open-engine.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { createToldRepeats } from '../../engine/runtime/told-repeats.ts';
import { crowdHostId, crowdUserId } from '../../examples/lab/seed/grow-crowd.ts';
import { type Lab, startLab } from '../../examples/lab/start-lab.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { releaseAfter } from '../support/release-after.ts';
import type { Backend } from './backends.ts';
import type { People } from './busy-people.ts';
import { hostPlaybook, userPlaybook } from './crowd-playbooks.ts';
import { type Death, type EngineProcess, startEngineProcess } from './engine-process.ts';

/*
 * What stays when engines come and go: the database, and the lab, which counts what really happened.
 * The test process itself performs nothing; it accepts alerts and looks.
 */

export interface Scene {
  database: TestDatabase;
  lab: Lab;
  /** For use cases that need no engine, such as accepting and stopping. */
  parts: EngineParts;
  hosts: number;
  users: number;
  /** The alerts that `sendAlerts` sends, hosts first. */
  alerts: readonly Json[];
  /** One alert per host and user of the crowd, hence one run each; or only some of them, hosts first. */
  sendAlerts(from?: number, to?: number): Promise<void>;
  start(options?: StartOptions): EngineProcess;
  /** Until every run has ended. */
  rest(): Promise<void>;
  /** Until `asked` answers true; says `what` it waited for, and what everybody said, when it never does. */
  until(what: string, asked: () => Promise<boolean> | boolean): Promise<void>;
  /** The first column of the first row, a number. */
  count(query: string, values?: readonly unknown[]): Promise<number>;
  stopAll(): Promise<void>;
}

export interface StartOptions {
  name?: string;
  /** All but the API when nothing is said. */
  roles?: readonly Role[];
  port?: number;
  deliveries?: number;
  /** For stories about the queue; what is delivered more than once goes there anyway. */
  overQueueOnly?: boolean;
  clockAheadMs?: number;
  clockJumpMs?: number;
  people?: People;
  death?: Death;
}

export const testActor: Actor = { kind: 'system', id: 'test', channel: 'engine' };

/** The lab's incidents, so that comments do not all meet in one place. */
const incidents = ['2972399', '2972402', '2972403', '2972410'];
/** Short, so that the runs of a dead worker go on within seconds; the engine stops sending two seconds before. */
const leaseMarginMs = 2_200;
/** Generous: it says that something happens, not how fast. */
const patienceMs = Math.max(60_000, Number(process.env.FAULT_RUNS ?? process.env.STORM ?? 0) * 500);

export async function openScene(
  backend: Backend,
  crowd: { hosts: number; users: number },
  options: { leaseMarginMs?: number; database?: TestDatabase; patienceMs?: number } = {},
): Promise<Scene> {
  const database = options.database ?? (await useDatabase());
  const lab = await startLab({ scenario: { crowd: { ...crowd, mails: 0 } } });
  releaseAfter(() => lab.close());
  const processes: EngineProcess[] = [];
  releaseAfter(async () => {
    await Promise.all(processes.map((each) => each.kill()));
  });
  const registry = createRegistry();
  const parts: EngineParts = {
    database: database.app,
    tenant: defaultTenant,
    mint: mintId,
    log: () => undefined,
    connections: Object.fromEntries(systemsOf(registry).map((system) => [system, ['lab']])),
    byHand: () => null,
    publicUrl: 'http://riposte.example',
    loadPlan: createPlanLoader(database.app, defaultTenant),
    loadFrames: createFrameLoader(database.app, defaultTenant),
    keptRuns: createKeptRuns(),
    told: createToldRepeats({
      database: database.app,
      tenant: defaultTenant,
      mint: mintId,
      committed: () => undefined,
    }),
    intake: { submit: (alert) => intake.submit(alert) },
    ownWorker: () => null,
    afterCommit: () => undefined,
    leaseMarginMs,
    executeWithinMs: 900_000,
  };
  const intake = createIntake(parts);
  for (const source of [hostPlaybook, userPlaybook]) {
    const published = await publishPlaybook(parts, {
      source,
      file: 'crowd.yaml',
      expectedId: null,
      actor: testActor,
      requestId: 'test',
      registry: manifestsOf(registry),
    });
    if (!published.ok) throw new Error(JSON.stringify(published));
  }

  const alerts = [
    ...Array.from({ length: crowd.hosts }, (_, n) => hostAlert(n)),
    ...Array.from({ length: crowd.users }, (_, n) => userAlert(n)),
  ];
  const scene: Scene = {
    alerts,
    database,
    lab,
    parts,
    hosts: crowd.hosts,
    users: crowd.users,
    async sendAlerts(from, to) {
      await Promise.all(
        alerts.slice(from, to).map(async (body) => {
          const accepted = await acceptAlert(parts, {
            source: 'tests',
            body,
            actor: testActor,
            requestId: 'test',
          });
          if (!accepted.ok) throw new Error(accepted.detail);
        }),
      );
    },
    start({ name = `engine-${processes.length + 1}`, deliveries = 1, clockAheadMs = 0, ...more } = {}) {
      const orders = {
        name,
        roles: more.roles ?? (['engine', 'worker', 'sequencer'] as const),
        port: more.port ?? 0,
        databaseUrl: database.url,
        queue: backend.queue,
        labUrl: lab.url,
        leaseMarginMs: options.leaseMarginMs ?? leaseMarginMs,
        deliveries,
        overQueueOnly: more.overQueueOnly ?? deliveries > 1,
        people: more.people ?? null,
      };
      const started = startEngineProcess(orders, clockAheadMs, more.death, more.clockJumpMs);
      processes.push(started);
      return started;
    },
    rest: () =>
      scene.until('every run ends', async () => (await scene.count(ended)) === crowd.hosts + crowd.users),
    async until(what, asked) {
      const late = Date.now() + (options.patienceMs ?? patienceMs);
      while (!(await asked())) {
        if (Date.now() > late)
          throw new Error(`waited in vain: ${what}\n${await describe(scene, processes)}`);
        await sleep(50);
      }
    },
    async count(query, values = []) {
      const { rows } = await database.owner.query(query, values);
      return Number(Object.values(rows[0] ?? {})[0]);
    },
    async stopAll() {
      await Promise.all(processes.filter((each) => each.running()).map((each) => each.stop()));
    },
  };
  return scene;
}

const ended = `select count(*) from runs where state not in ('queued', 'running', 'waiting', 'undoing')`;

function hostAlert(n: number): Json {
  const hosts = [{ id: crowdHostId(n), name: `crowd-${n}` }];
  return { ...alert(`host-${n}`, n), category: 'ransomware', targets: { hosts } };
}

function userAlert(n: number): Json {
  const users = [{ id: crowdUserId(n), name: `crowd-${n}` }];
  return { ...alert(`user-${n}`, n), category: 'credential-theft', targets: { users } };
}

function alert(sourceId: string, n: number) {
  return {
    source_id: sourceId,
    title: `Alert about ${sourceId}`,
    severity: ['high', 'critical', 'medium'][n % 3] ?? 'high',
    confidence: 0.9,
    created_at: '2026-11-20T10:00:00Z',
    incident: { id: incidents[n % incidents.length] ?? '' },
  };
}

/** What somebody needs to know who finds that a test waited in vain. */
async function describe(scene: Scene, processes: readonly EngineProcess[]): Promise<string> {
  const lines: string[] = [];
  for (const query of [
    'select state, count(*) from runs group by state',
    'select purpose, action, state, worker, count(*) from attempts group by 1, 2, 3, 4 order by 1, 2, 3, 4',
    'select type, count(*) from audit_log group by 1 order by 1',
    'select count(*) as pending from audit_pending',
    'select kind, min(due_at), count(*) from deadlines group by kind',
    `select live, min(alarm_at), count(*), min(due::text) from scopes where live <> 'ended' group by live`,
    'select system, min(sends), max(sends), max(sent_at), count(*) from outbox group by system',
    'select step, status, phase, count(*) from (select path as step, status, phase from steps) s group by 1, 2, 3 order by 1, 2, 3',
  ]) {
    const { rows } = await scene.database.owner.query(query);
    lines.push(query, ...rows.map((row) => `  ${JSON.stringify(row)}`));
  }
  for (const each of processes)
    lines.push(`${each.name}${each.running() ? '' : ' (gone)'}: ${each.said().slice(-3_000)}`);
  return lines.join('\n');
}
