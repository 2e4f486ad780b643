import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Actor } from '../../engine/core/contracts/entry.ts';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { type Engine, openEngine } from '../../engine/runtime/open-engine.ts';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { publishRouting } from '../../engine/runtime/publish-routing.ts';
import { createPostgresCourier, createRedisCourier } from '../../engine/runtime/queue/courier.ts';
import { createSequencer } from '../../engine/runtime/sequence-audit.ts';
import { type Database, openDatabase } from '../../engine/runtime/store/database.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import { testKeys } from '../audit/open-log.ts';
import { imapOut, ldapOut } from '../support/ways-out.ts';
import { benchActions } from './bench-action.ts';
import { benchAlert, containSteps, roomyGuardrails, threeSteps, usualSteps } from './bench-playbooks.ts';
import { countStatements, type StatementCount } from './count-statements.ts';
import type { RunTimes } from './percentiles.ts';
import type { Work } from './report.ts';

/*
 * The engine as `api/process/wire.ts` joins it (same pools, same concurrency, sequencer on), but
 * with the benchmark's action instead of the catalogue, and without HTTP in front: the yard-stick has none.
 */

export interface Riposte {
  engine: Engine;
  database: Database;
  app: StatementCount;
  ledger: StatementCount;
  publish(source: string): Promise<void>;
  /** Its playbook, and what else it needs. */
  publishWork(work: Work): Promise<void>;
  /**
   * Alert in; resolves when the outcome of the third step is committed, and with it the run's end.
   * Rejects at the first warning or error of the engine: a rate with failures in it is none.
   */
  oneRun(work?: Work): Promise<RunTimes>;
  publishRouting(source: string): Promise<void>;
  /** Alert in that nobody waits for; resolves when it is accepted. */
  send(category: string): Promise<void>;
  /** Alert in for the playbook that asks; resolves when the alert is accepted. */
  park(): Promise<void>;
  close(): Promise<void>;
}

export interface RiposteUrls {
  databaseUrl: string;
  /** Null: queues in PostgreSQL. */
  redisUrl: string | null;
  /** As in a fleet, where other processes than the one that decides do the work. */
  overQueueOnly?: boolean;
  /** As in a fleet, where who accepts is not who matches, and in a storm: alerts are stored first. */
  matchApart?: boolean;
}

interface UnderWay {
  startedAt: number;
  ended: PromiseWithResolvers<number>;
}

const playbookOf = { plain: threeSteps, usual: usualSteps, contain: containSteps };

function alertOf(work: Work, ticket: string): Json {
  switch (work) {
    case 'plain':
      return benchAlert(ticket, 'bench-steps');
    case 'usual':
      return benchAlert(ticket, 'bench-usual', ticket);
    case 'contain':
      return benchAlert(ticket, 'bench-contain');
  }
}

const actor: Actor = { kind: 'system', id: 'bench', channel: 'engine' };

export async function openRiposte({
  databaseUrl,
  redisUrl,
  overQueueOnly = false,
  matchApart = false,
}: RiposteUrls): Promise<Riposte> {
  const under = new Map<string, UnderWay>();
  let broken: Error | undefined;
  const breakOff = (error: Error): void => {
    broken ??= error;
    for (const run of under.values()) run.ended.reject(error);
  };
  const log = (level: string, message: string, fields: object = {}): void => {
    if (level === 'warn' || level === 'error') breakOff(new Error(`${message} ${JSON.stringify(fields)}`));
  };
  const opened = openDatabase(databaseUrl, { role: 'riposte_app', max: 16 });
  const openedLedger = openDatabase(databaseUrl, { role: 'riposte_sequencer', max: 3 });
  const { database, count } = countStatements(opened, 'keep');
  const ledger = countStatements(openedLedger, 'seal');
  const registry = benchActions((ticket, step) => {
    const run = under.get(ticket);
    if (step === 1 && run !== undefined) run.startedAt = performance.now();
  });
  const courier =
    redisUrl === null
      ? await createPostgresCourier({ url: databaseUrl, log })
      : await createRedisCourier({ target: { kind: 'single', url: redisUrl }, log });
  const sequencer = createSequencer({
    database: ledger.database,
    tenant: defaultTenant,
    mint: mintId,
    origin: 'bench.example/audit/1',
    keys: testKeys,
    onError: breakOff,
  });
  const http = createHttp({ allow: [] });
  const engine = openEngine({
    database,
    tenant: defaultTenant,
    mint: mintId,
    log,
    courier,
    registry,
    http,
    ldap: ldapOut,
    imap: imapOut,
    connections: [
      { id: 'bench', system: 'bench', settings: {}, secret: () => Promise.reject(new Error('no secrets')) },
    ],
    clock: { nowMs: Date.now },
    worker: 'bench',
    publicUrl: 'http://riposte.example',
    leaseMarginMs: 10_000,
    executeWithinMs: 900_000,
    workerConcurrency: 16,
    overQueueOnly,
    onEntries: () => sequencer.nudge(),
  });
  const { parts, advancer } = engine;
  if (matchApart) engine.matcher.isFree = () => false;

  // A report is settled when its transaction is committed; before that a run has not ended, whoever performed.
  const { submit } = advancer;
  advancer.submit = async (inbound) => {
    await submit(inbound);
    if (inbound.kind !== 'report' || inbound.reported.of !== 'action') return;
    const { outcome } = inbound.reported;
    if (outcome.kind === 'succeeded' && outcome.outputs.next === 4)
      under.get(String(outcome.outputs.ticket))?.ended.resolve(performance.now());
  };

  await sequencer.start();
  engine.startEngine();
  await engine.startWorker();

  let last = 0;
  const name = `${process.pid}-${Date.now()}`;
  async function accept(ticket: string, body: Json): Promise<void> {
    const accepted = await acceptAlert(parts, { source: 'bench', body, actor, requestId: ticket });
    if (!accepted.ok) throw new Error(accepted.detail);
    if (accepted.waits) engine.matcher.nudge();
  }

  async function publish(source: string): Promise<void> {
    const published = await publishPlaybook(parts, {
      source,
      file: 'bench.yaml',
      expectedId: null,
      actor,
      requestId: 'bench',
      registry: manifestsOf(registry),
    });
    if (!published.ok)
      throw new Error(
        `${published.detail}: ${published.diagnostics.map((each) => `${each.line} ${each.message}`).join('; ')}`,
      );
  }

  async function send(category: string): Promise<void> {
    const ticket = `${name}-sent-${++last}`;
    await accept(ticket, benchAlert(ticket, category));
  }

  return {
    engine,
    database: opened,
    app: count,
    ledger: ledger.count,
    publish,
    async publishWork(work) {
      await publish(playbookOf[work]);
      if (work === 'contain') await publishLimits(opened, parts);
    },
    async oneRun(work = 'plain') {
      if (broken !== undefined) throw broken;
      const ticket = `${name}-${++last}`;
      const run: UnderWay = { startedAt: Number.NaN, ended: Promise.withResolvers() };
      run.ended.promise.catch(() => undefined);
      under.set(ticket, run);
      const submittedAt = performance.now();
      await accept(ticket, alertOf(work, ticket));
      const endedAt = await run.ended.promise;
      under.delete(ticket);
      return { startMs: run.startedAt - submittedAt, endMs: endedAt - submittedAt };
    },
    async publishRouting(source) {
      const published = await publishRouting(parts, {
        source,
        file: 'routing.yaml',
        version: 0,
        actor,
        requestId: 'bench',
      });
      if (!published.ok) throw new Error(published.detail);
    },
    send,
    park: () => send('bench-approval'),
    async close() {
      await engine.stop(5_000);
      await sequencer.stop();
      await http.close();
      await Promise.all([opened.close(), openedLedger.close()]);
    },
  };
}

/** Guardrails are a person's. */
async function publishLimits(database: Database, parts: Engine['parts']): Promise<void> {
  const id = mintId('PersonId');
  await database.query(
    `insert into people (tenant_id, id, name, roles, groups) values ($1, $2, 'Bench', '{operator}', '{}')`,
    [parts.tenant, id],
  );
  const published = await publishGuardrails(parts, {
    personId: id,
    actor: { kind: 'person', id, channel: 'api' },
    requestId: 'bench',
    file: 'guardrails.yaml',
    version: 0,
    source: roomyGuardrails,
  });
  if (!published.ok) throw new Error(published.detail);
}
