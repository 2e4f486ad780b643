import { createServer, type RequestListener } from 'node:http';
import { createRegistry } from '../../actions/registry.ts';
import { createApp } from '../../api/http/create-app.ts';
import { createLimiter } from '../../api/http/limits.ts';
import { createReadiness } from '../../api/http/readiness.ts';
import { bindUseCases } from '../../api/process/bind-use-cases.ts';
import { openAuditVerifier } from '../../api/process/open-audit.ts';
import { labConnections } from '../../api/process/open-connections.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { createLines } from '../../engine/runtime/http/open-line.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { openEngine, systemsOf } from '../../engine/runtime/open-engine.ts';
import { createLive } from '../../engine/runtime/outward/tell-live.ts';
import {
  type Courier,
  type CourierLog,
  createPostgresCourier,
  createRedisCourier,
} from '../../engine/runtime/queue/courier.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { createSequencer } from '../../engine/runtime/sequence-audit.ts';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { labClient, labTenantId } from '../../examples/lab/scenario.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { testKeys } from '../audit/open-log.ts';
import { noSecret } from '../support/made-secrets.ts';
import { imapOut, ldapOut } from '../support/ways-out.ts';
import { workAs } from './busy-people.ts';
import { dieAt } from './die-at.ts';
import type { EngineOrders } from './engine-process.ts';
import { repeatLots } from './repeat-lots.ts';

/*
 * Program: one process with the roles it is given, joined as `api/process/wire.ts` joins them. Says
 * "ready" when it works, and ends on SIGTERM, when killed, or with whoever started it.
 */

const orders = JSON.parse(process.argv[2] ?? '{}') as EngineOrders;

const log: CourierLog = (level, message, fields) => {
  if (level === 'warn' || level === 'error')
    process.stderr.write(`${orders.name} ${level} ${message} ${JSON.stringify(fields ?? {})}\n`);
};

// Short, so that lots of a dead worker come back while the test waits, and healthy ones now and then too.
const recovery = { lockMs: 2_000, stalledCheckMs: 500 };

async function openCourier(): Promise<Courier> {
  const { queue, databaseUrl } = orders;
  const courier =
    queue === null
      ? await createPostgresCourier({ url: databaseUrl, log, recovery })
      : await createRedisCourier({ target: { kind: 'single', url: queue }, log, recovery });
  return orders.deliveries === 1 ? courier : repeatLots(courier, orders.deliveries);
}

const death = dieAt(process.env.FAULT_DIE_AT);
const database = openDatabase(orders.databaseUrl, { role: 'riposte_app', max: 8 });
const ledger = openDatabase(orders.databaseUrl, { role: 'riposte_sequencer', max: 2 });
const registry = createRegistry();
const http = createHttp({ allow: [new URL(orders.labUrl).origin] });
const sequencer = createSequencer({
  database: ledger,
  tenant: defaultTenant,
  mint: mintId,
  origin: 'riposte.example/audit/1',
  keys: testKeys,
  onError: (error) => log('error', 'the audit sequencer met an error', { error: error.message }),
  ...death,
});
const engine = openEngine({
  database,
  tenant: defaultTenant,
  mint: mintId,
  log,
  courier: await openCourier(),
  registry,
  http,
  ldap: ldapOut,
  imap: imapOut,
  connections: labConnections(
    { url: orders.labUrl, tenantId: labTenantId, clientId: labClient.clientId, secret: labClient.secret },
    systemsOf(registry),
  ),
  clock: { nowMs: Date.now },
  worker: orders.name,
  publicUrl: 'http://riposte.example',
  leaseMarginMs: orders.leaseMarginMs,
  executeWithinMs: 900_000,
  workerConcurrency: 4,
  overQueueOnly: orders.overQueueOnly,
  onEntries: () => {
    if (orders.roles.includes('sequencer')) sequencer.nudge();
  },
  ...death,
});

const server = createServer(openDoors() as RequestListener);

/** What people and alert sources reach; its streams send nothing, as no engine of the tests keeps any. */
function openDoors() {
  const parts = { database, tenant: defaultTenant, mint: mintId };
  const streams = {
    ...parts,
    log,
    http,
    secret: noSecret,
    lines: createLines({}),
    host: 'riposte.example',
  };
  const read = openRead(database);
  const told = {
    info: () => undefined,
    warn: (fields: object, message: string) => log('warn', message, { ...fields }),
    error: (fields: object, message: string) => log('error', message, { ...fields }),
  };
  return createApp({
    useCases: bindUseCases(
      engine,
      manifestsOf(registry),
      openAuditVerifier(database, defaultTenant, mintId),
      streams,
    ),
    live: createLive({ database, tenant: defaultTenant, log }),
    noteReading: async () => undefined,
    limiter: createLimiter(),
    identity: openIdentity(parts),
    read,
    readiness: createReadiness({ read, log: told }),
    database,
    tenant: defaultTenant,
    publicUrl: 'http://127.0.0.1',
    secureCookies: false,
    log: told,
  });
}

async function stop(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await engine.stop(10_000);
  await sequencer.stop();
  await http.close();
  await Promise.all([database.close(), ledger.close()]);
  process.exit(0);
}

process.once('SIGTERM', () => void stop());
process.stdin.resume().once('end', () => process.exit(1));

const { roles } = orders;
if (roles.includes('sequencer')) await sequencer.start();
if (roles.includes('engine')) engine.startEngine();
if (roles.includes('worker')) await engine.startWorker();
if (roles.includes('api'))
  await new Promise<void>((resolve) => server.listen(orders.port, '127.0.0.1', resolve));
if (orders.people !== null) void workAs(orders.people, engine, database);
process.stdout.write('ready\n');
