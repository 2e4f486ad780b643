import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { ActionRegistry, Connection } from '../../engine/core/contracts/action.ts';
import type { Actor } from '../../engine/core/contracts/entry.ts';
import type { Imap } from '../../engine/core/contracts/imap.ts';
import type { Meters } from '../../engine/core/contracts/meters.ts';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import type { CallNotes } from '../../engine/runtime/connections/note-calls.ts';
import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { createHttp, type HttpOptions } from '../../engine/runtime/http/send-http.ts';
import { createImap } from '../../engine/runtime/imap/visit-mailbox.ts';
import { type Engine, openEngine, systemsOf } from '../../engine/runtime/open-engine.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import type { Courier } from '../../engine/runtime/queue/courier.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { beyondLab, labClient, labTenantId } from '../../examples/lab/scenario.ts';
import { type Lab, startLab } from '../../examples/lab/start-lab.ts';
import { defaultTenant, mintId, type PersonId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import { type TestDatabase, useDatabase } from './database.ts';
import { memoryQueue } from './memory-queue.ts';
import { ldapOut } from './ways-out.ts';

/*
 * The whole corridor in one test process: real PostgreSQL, real HTTP to the lab estate, the real
 * actions; only the queue is in memory unless a test brings another.
 */

export interface Corridor {
  database: TestDatabase;
  lab: Lab;
  engine: Engine;
  send(file: string): Promise<string>;
  sendBody(body: Json): Promise<string>;
  publish(text: string): Promise<void>;
  person(name: string, groups: string[], roles?: string[]): Promise<PersonId>;
  /** Waits until no run moves by itself any more. */
  rest(): Promise<void>;
  /** Entry types in the order they were written, with step and code. */
  story(runId?: string): Promise<{ type: string; step?: string; code?: string }[]>;
  runs(): Promise<{ id: string; playbook_id: string; state: string; reason: string | null }[]>;
  /** Stops the engine, and starts another one over the same store. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export const testActor: Actor = { kind: 'system', id: 'test', channel: 'engine' };

export const shippedPlaybooks = [
  'ransomware/isolate-host',
  'identity/clean-mailbox-rules',
  'identity/contain-user',
  'phishing/quarantine-mail',
];

export function labConnections(labUrl: string, systems: string[], pollMs = 40): Connection[] {
  const settings = {
    loginUrl: `${labUrl}/login`,
    tenantId: labTenantId,
    clientId: labClient.clientId,
    graphUrl: `${labUrl}/graph/v1.0`,
    mdeUrl: `${labUrl}/mde`,
    webhookBase: `${labUrl}/chat/webhook`,
    pollMs: String(pollMs),
  };
  const secret = async (name: string) => {
    if (name === 'client_secret') return labClient.secret;
    throw new Error(`no secret ${name}`);
  };
  const served = systems.filter((system) => !beyondLab.has(system));
  return served.map((system) => ({ id: 'lab', system, settings, secret }));
}

export async function openCorridor(
  options: {
    courier?: Courier;
    playbooks?: string[];
    leaseMarginMs?: number;
    meters?: Meters;
    /** Besides those of the lab. */
    connections?: readonly Connection[];
    /** Where requests may go, when it is not everywhere. */
    http?: (labUrl: string) => HttpOptions;
    /** Read anew for every request, over the settings of the lab. */
    settings?: { readonly [name: string]: string };
    /** The actions that are installed; asked again for each engine. Absent: those of the catalogue. */
    actions?: () => ActionRegistry;
    /** The way to mail servers, when it is not the plain one. */
    imap?: Imap;
    /** What calls say of the connections they went over. */
    calls?: CallNotes;
    /** What the engine asks passes through it; what the test asks does not. */
    watch?: (database: Database) => Database;
  } = {},
): Promise<Corridor> {
  const database = await useDatabase();
  const engineDatabase = options.watch?.(database.app) ?? database.app;
  const lab = await startLab();
  const registry = createRegistry();
  const http = createHttp(options.http?.(lab.url) ?? { allowPrivate: true });
  const imap = options.imap ?? createImap(createSockets({ allowPrivate: true }));
  const systems = systemsOf(registry);
  const open = (courier: Courier) =>
    openEngine({
      database: engineDatabase,
      tenant: defaultTenant,
      mint: mintId,
      log: (level, message, fields) => {
        if (level === 'warn' || level === 'error')
          process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
      },
      courier,
      registry: options.actions?.() ?? registry,
      http,
      ldap: ldapOut,
      imap,
      connections: [
        ...labConnections(lab.url, systems).map(({ settings, ...rest }) => ({
          ...rest,
          get settings() {
            return { ...settings, ...options.settings };
          },
        })),
        ...(options.connections ?? []),
      ],
      clock: { nowMs: Date.now },
      ...(options.meters !== undefined && { meters: options.meters }),
      ...(options.calls !== undefined && { calls: options.calls }),
      worker: 'test',
      publicUrl: 'http://riposte.example',
      leaseMarginMs: options.leaseMarginMs ?? 10_000,
      executeWithinMs: 900_000,
      workerConcurrency: 8,
      onEntries: () => undefined,
    });
  let engine = open(options.courier ?? memoryQueue());
  const corridor: Corridor = {
    database,
    lab,
    engine,
    send: (file) =>
      corridor.sendBody(
        JSON.parse(readFileSync(join(import.meta.dirname, '../../examples/alerts', file), 'utf8')) as Json,
      ),
    async sendBody(body) {
      const accepted = await acceptAlert(engine.parts, {
        source: 'defender',
        body,
        actor: testActor,
        requestId: 'test',
      });
      if (!accepted.ok) throw new Error(accepted.detail);
      engine.matcher.nudge();
      return accepted.alertId;
    },
    async publish(text) {
      const published = await publishPlaybook(engine.parts, {
        source: text,
        file: 'test.yaml',
        expectedId: null,
        actor: testActor,
        requestId: 'test',
        registry: manifestsOf(registry),
      });
      if (!published.ok)
        throw new Error(
          `${published.detail}: ${published.diagnostics.map((each) => `${each.line} ${each.message}`).join('; ')}`,
        );
    },
    async person(name, groups, roles = ['approver']) {
      const id = mintId('PersonId');
      await database.app.query(
        'insert into people (tenant_id, id, name, roles, groups) values ($1, $2, $3, $4, $5)',
        [defaultTenant, id, name, roles, groups],
      );
      return id;
    },
    async rest() {
      const until = Date.now() + 90_000;
      for (;;) {
        const { rows } = await database.app.query<{ moving: number }>(
          `select (select count(*) from runs where state in ('queued', 'running', 'undoing'))
             + (select count(*) from messages)
             + (select count(*) from alerts where state = 'accepted')
             + (select count(*) from signals where state = 'accepted') as moving`,
        );
        if (Number(rows[0]?.moving) === 0) return;
        if (Date.now() > until)
          throw new Error(`the runs do not come to rest: ${JSON.stringify(await corridor.runs())}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async story(runId) {
      const { rows } = await database.owner.query<{ entry: Buffer }>(
        'select entry from audit_pending order by enqueued_at, id',
      );
      const entries = rows.map(
        (row) =>
          JSON.parse(row.entry.toString('utf8')) as {
            type: string;
            run_id?: string;
            runId?: string;
            step?: string;
            step_id?: string;
            code?: string;
          },
      );
      return entries.filter((entry) => runId === undefined || JSON.stringify(entry).includes(runId));
    },
    async runs() {
      return (
        await database.app.query<Awaited<ReturnType<Corridor['runs']>>[number]>(
          'select id, playbook_id, state, reason from runs order by created_at',
        )
      ).rows;
    },
    async restart(meanwhile) {
      await engine.stop(2_000);
      await meanwhile();
      engine = open(memoryQueue());
      corridor.engine = engine;
      engine.startEngine();
      await engine.startWorker();
    },
    async close() {
      await engine.stop(2_000);
      await http.close();
      await lab.close();
      await database.drop();
    },
  };
  for (const name of options.playbooks ?? shippedPlaybooks) {
    await corridor.publish(
      readFileSync(join(import.meta.dirname, '../../playbooks', `${name}.yaml`), 'utf8'),
    );
  }
  engine.startEngine();
  await engine.startWorker();
  return corridor;
}
