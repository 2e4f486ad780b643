import { hostname } from 'node:os';
import type { RequestHandler } from 'express';
import pino, { type Logger } from 'pino';
import { createProbes } from '../../actions/create-probes.ts';
import { endpointProbes } from '../../actions/http/endpoint-probes.ts';
import type { HttpSystem } from '../../actions/http/http-system.ts';
import { createRegistry } from '../../actions/registry.ts';
import { mailSystem } from '../../engine/core/approval/destination.ts';
import { executeWithinMs } from '../../engine/core/approval/judge-grant.ts';
import type { OrderSigner } from '../../engine/core/audit/signed-order.ts';
import type { VerifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { CaseRequirement } from '../../engine/core/cases/case-requirement.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Connection } from '../../engine/core/contracts/action.ts';
import { relyingPartyOf } from '../../engine/core/identity/relying-party.ts';
import { AuditAlarm } from '../../engine/runtime/audit/alarm.ts';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { anchorWitness } from '../../engine/runtime/audit/anchor-witness.ts';
import { openOwnHeads } from '../../engine/runtime/audit/own-heads.ts';
import { openSigningKeys } from '../../engine/runtime/audit/signing-key.ts';
import { createConnectionKeeper } from '../../engine/runtime/connections/keep-connections.ts';
import { createCallNotes } from '../../engine/runtime/connections/note-calls.ts';
import { createLines } from '../../engine/runtime/http/open-line.ts';
import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { createImap } from '../../engine/runtime/imap/visit-mailbox.ts';
import { createRetention } from '../../engine/runtime/keep-retention.ts';
import { createLdap } from '../../engine/runtime/ldap/create-ldap.ts';
import { createReadingLedger } from '../../engine/runtime/note-reading.ts';
import { type Engine, openEngine } from '../../engine/runtime/open-engine.ts';
import { openApprovalLinks } from '../../engine/runtime/outward/approval-links.ts';
import { createNoticeKeeper } from '../../engine/runtime/outward/keep-notices.ts';
import { createStreamKeeper } from '../../engine/runtime/outward/keep-streams.ts';
import { probeRelay } from '../../engine/runtime/outward/probe-relay.ts';
import { createLive } from '../../engine/runtime/outward/tell-live.ts';
import { playsWith } from '../../engine/runtime/plays-with.ts';
import { createAuditProbe } from '../../engine/runtime/probe-audit.ts';
import type { RedisTarget } from '../../engine/runtime/queue/redis-target.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { followVariable } from '../../engine/runtime/secrets/follow-variable.ts';
import type { Secrets } from '../../engine/runtime/secrets/open-secrets.ts';
import {
  createSequencer,
  type Sequencer,
  type SequencerStatus,
} from '../../engine/runtime/sequence-audit.ts';
import { type Database, openDatabase } from '../../engine/runtime/store/database.ts';
import { hasWebhook } from '../../engine/runtime/store/queries/webhooks.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { createConsole } from '../console/create-console.ts';
import { passkeyWay } from '../console/sign-in/passkey.ts';
import { createApp } from '../http/create-app.ts';
import type { WebhookSecrets } from '../http/deps.ts';
import { createLimiter, type Limits } from '../http/limits.ts';
import { NotReady } from '../http/not-ready.ts';
import { createReadiness } from '../http/readiness.ts';
import type { UseCases } from '../http/use-cases.ts';
import { bindUseCases } from './bind-use-cases.ts';
import type { LogLevel, Role } from './config.ts';
import { countCommitted, createOwnMeters } from './metrics/own-meters.ts';
import { readStanding } from './metrics/read-standing.ts';
import { serveMetrics } from './metrics/serve-metrics.ts';
import { addStoreGauges } from './metrics/store-gauges.ts';
import { openAuditVerifier } from './open-audit.ts';
import { openCourier } from './open-courier.ts';
import { openIssuers } from './open-issuers.ts';
import { openSignIn, type SignInOptions } from './open-sign-in.ts';
import { ownVersion } from './own-version.ts';
import type { IssuerConfig } from './read-issuers.ts';
import { createRightsOf } from './rights-of.ts';
import { secretAsides } from './secret-asides.ts';

/*
 * Joins store, queue, actions and doors into one value; the only place that knows them all. It
 * starts nothing but connections: `start.ts` decides which roles run.
 */

export interface WireOptions {
  databaseUrl: string;
  /** Null: queues live in PostgreSQL. */
  queue: RedisTarget | null;
  roles: readonly Role[];
  /** File of the audit log's signing key; read by the sequencer only. */
  auditKeyFile: string;
  /** Directories outside that get every checkpoint; used by the sequencer only. */
  auditAnchors?: readonly string[];
  /** Null: the texts of entries stay for ever. */
  auditRetentionDays?: number | null;
  /** Null: the sequencer demands nobody's signature below an order about the log. */
  auditOrderKeys?: readonly OrderSigner[] | null;
  /** Null: alerts, runs and signals stay for ever; used by the engine only. */
  retentionDays?: number | null;
  /** Its address may be a private one. */
  auditWitness?: { key: VerifierKey; url: string } | null;
  publicUrl: string;
  leaseMs: number;
  logLevel: LogLevel;
  connections: (systems: readonly string[]) => Connection[];
  /** What the operator adds to the catalogue. */
  httpSystems?: readonly HttpSystem[];
  /** Of webhook triggers that take signed messages only, by `playbook/trigger`. */
  webhookSecrets?: WebhookSecrets;
  /** For what is named later, as streams name theirs. */
  secrets: Secrets;
  /** The identity provider that people may sign in through. */
  oidc?: SignInOptions['oidc'];
  /** Whose tokens programs may come in with. */
  issuers?: readonly IssuerConfig[];
  /** What cases have to show before a playbook is published; absent: nothing. */
  requireCases?: CaseRequirement | null;
  /** How much one caller may ask within a minute; absent: the defaults. */
  limits?: Limits;
  /** Origins or `CIDR:port` that connectors may reach although they are private. */
  allowedAddresses: readonly string[];
  /** What is ours, as `ownPlaces` finds it: never reached by connectors. */
  ownPlaces?: readonly string[];
  /** Where the store of our secrets is, as `storePlaces` finds it: never reached by connectors either. */
  storePlaces?: readonly string[];
  /** Whether somebody asks for figures. */
  metered?: boolean;
}

export interface Riposte {
  app: RequestHandler;
  /** For whoever watches this process; null when nobody does. */
  watched: RequestHandler | null;
  engine: Engine;
  /** Null in a process without that role. */
  sequencer: Sequencer | null;
  useCases: UseCases;
  identity: ReturnType<typeof openIdentity>;
  read: ReturnType<typeof openRead>;
  database: Database;
  log: Logger;
  start(roles: readonly Role[]): Promise<void>;
  /** Before the doors are shut: who looks on is let go, and none comes in any more. */
  letGo(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

export async function wire(options: WireOptions): Promise<Riposte> {
  const log = pino({ level: options.logLevel }, pino.destination(2));
  const say = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: object) =>
    log[level](fields ?? {}, message);
  const tenant = defaultTenant;
  const own = options.metered === true ? createOwnMeters() : null;
  const metered = own === null ? {} : { meters: own.meters };
  const database = openDatabase(options.databaseUrl, {
    ...{ role: 'riposte_app', max: 16 },
    ...(own !== null && { committed: countCommitted(own.meters) }),
  });
  // Small, so that whoever looks through weeks of alerts waits for himself.
  const aside = openDatabase(options.databaseUrl, { role: 'riposte_app', max: 2 });
  const ledger = openDatabase(options.databaseUrl, { role: 'riposte_sequencer', max: 3 });
  const registry = createRegistry(options.httpSystems);
  const { ownPlaces = [], storePlaces = [] } = options;
  const ways = { allow: [...options.allowedAddresses], never: [...ownPlaces, ...storePlaces] };
  const http = createHttp(ways);
  const releaseHttp = createHttp({ ...ways, connections: 4 });
  const sockets = createSockets(ways);
  const ldap = createLdap(sockets);
  const imap = createImap(sockets);
  const courier = await openCourier(options.queue, options.databaseUrl, database, say);
  const { auditWitness: witness = null } = options;
  const witnessHttp = witness === null ? null : createHttp({ allow: [new URL(witness.url).origin] });
  const places = (options.auditAnchors ?? []).map(anchorDirectory);
  if (witness !== null && witnessHttp !== null)
    places.push(anchorWitness(witnessHttp, witness.key, witness.url));
  // A process that is no sequencer must not even hold the key.
  const sequencer = options.roles.includes('sequencer')
    ? createSequencer({
        database: ledger,
        tenant,
        mint: mintId,
        keys: openSigningKeys(options.auditKeyFile),
        places,
        heads: openOwnHeads(options.auditKeyFile),
        retentionDays: options.auditRetentionDays ?? null,
        signers: options.auditOrderKeys ?? null,
        origin: `${new URL(options.publicUrl).host}/audit/1`,
        onError: (error) =>
          log.error(
            { error: error.message, ...(error instanceof AuditAlarm && { code: error.code }) },
            'the audit sequencer met an error',
          ),
      })
    : null;
  const connections = options.connections([
    ...new Set([...registry.keys()].map((key) => key.split('.')[0] ?? key)),
  ]);
  const calls = createCallNotes();
  const engine = openEngine({
    database,
    tenant,
    mint: mintId,
    log: say,
    courier,
    registry,
    http,
    releaseHttp,
    ldap,
    imap,
    connections,
    calls,
    clock: { nowMs: Date.now },
    worker: `${hostname()}/${process.pid}`,
    publicUrl: options.publicUrl,
    leaseMarginMs: Math.max(10_000, Math.round(options.leaseMs / 4)),
    executeWithinMs,
    workerConcurrency: 16,
    ...metered,
    onEntries: () => sequencer?.nudge(),
  });
  const links = openApprovalLinks(database, tenant, options.publicUrl);
  const streams = {
    database,
    tenant,
    mint: mintId,
    log: say,
    http,
    lines: createLines(ways),
    secret: (name: string) => followVariable(options.secrets, name),
    links,
    host: new URL(options.publicUrl).hostname,
  };
  const streamKeeper = createStreamKeeper(streams);
  const noticeKeeper = createNoticeKeeper({
    ...streams,
    ldap,
    sockets,
    calls,
    registry,
    connections,
    clock: { nowMs: Date.now },
    onEntries: () => sequencer?.nudge(),
  });
  const connectionKeeper = createConnectionKeeper({
    database,
    tenant,
    mint: mintId,
    log: say,
    http,
    ldap,
    imap,
    registry,
    probes: new Map([
      ...createProbes(),
      ...endpointProbes(options.httpSystems),
      [mailSystem, probeRelay(sockets)],
    ]),
    connections,
    calls,
    clock: { nowMs: Date.now },
    chance: Math.random,
    onEntries: () => sequencer?.nudge(),
  });
  const retention = createRetention({
    database,
    tenant,
    mint: mintId,
    log: say,
    days: options.retentionDays ?? null,
    onEntries: () => sequencer?.nudge(),
  });
  const verifier = openAuditVerifier(database, tenant, mintId);
  const manifests = manifestsOf(registry);
  const useCases = bindUseCases(
    engine,
    manifests,
    verifier,
    streams,
    { retentionDays: options.auditRetentionDays ?? null, signers: options.auditOrderKeys ?? null },
    aside,
    options.requireCases ?? null,
  );
  const identity = openIdentity({ database, tenant, mint: mintId });
  const { workloads, close: closeIssuers } = openIssuers(
    { database, tenant, mint: mintId },
    {
      issuers: options.issuers ?? [],
      publicUrl: options.publicUrl,
      allowedAddresses: options.allowedAddresses,
      ownPlaces,
      warn: (fields, message) => log.warn(fields, message),
    },
  );
  const read = openRead(database);
  const party = relyingPartyOf(options.publicUrl);
  const secureCookies = options.publicUrl.startsWith('https:');
  const noteReading = createReadingLedger(database, tenant, mintId);
  const doors = {
    useCases,
    read,
    noteReading,
    identity,
    workloads,
    limiter: createLimiter(options.limits),
    ...(options.webhookSecrets !== undefined && { webhookSecrets: options.webhookSecrets }),
    tenant,
    publicUrl: options.publicUrl,
    textRetentionDays: options.auditRetentionDays ?? null,
    installed: playsWith(ownVersion(), manifests),
    ordersSigned: options.auditOrderKeys != null,
    secureCookies,
    log,
  };
  const live = createLive({ database, tenant, log: say });
  const signIn = openSignIn({ ...options, oidc: options.oidc ?? null, ownPlaces });
  const probeEntries = createAuditProbe(database, tenant, mintId);
  const readiness = createReadiness({
    ...{ read, log },
    probes: {
      queue: () => readyOrThrow(courier.ready()),
      'audit-entries': expectEntries(probeEntries),
      ...(sequencer === null ? {} : { 'audit-key': async () => expectKey(sequencer.status()) }),
    },
    asides: secretAsides(options.webhookSecrets, options.oidc ?? null),
  });
  const failed = (error: unknown) => log.warn({ err: error }, 'figures could not be had');
  if (own !== null) addStoreGauges(own.registry, () => readStanding(read, tenant, probeEntries), failed);
  const app = createApp({
    ...doors,
    ...metered,
    live,
    database,
    readiness,
    console: createConsole({ ...doors, live, links, nowMs: Date.now, rightsOf: createRightsOf(registry) }, [
      ...(party === null ? [] : [passkeyWay(party)]),
      ...signIn.ways,
    ]),
  });

  return {
    app,
    watched: own && serveMetrics({ registry: own.registry, readiness, failed }),
    engine,
    sequencer,
    useCases,
    identity,
    read,
    database,
    log,
    async start(roles) {
      for (const place of await unknownTriggers(database, options.webhookSecrets ?? new Map()))
        log.warn({ place }, 'RIPOSTE_WEBHOOKS names a trigger that no published playbook has');
      if (roles.includes('api')) live.start();
      // First, and waited for: what contradicts its anchors has to hold containment before anything goes out.
      if (roles.includes('sequencer')) await sequencer?.start();
      if (roles.includes('engine')) {
        engine.startEngine();
        streamKeeper.start();
        retention.start();
      }
      if (roles.includes('worker')) {
        await engine.startWorker();
        noticeKeeper.start();
        connectionKeeper.start();
      }
    },
    letGo: live.letGo,
    async stop(graceMs) {
      await live.stop();
      await noticeKeeper.stop();
      await streamKeeper.stop();
      await retention.stop();
      await engine.stop(graceMs);
      // After it, so that what the last calls met is told.
      await connectionKeeper.stop();
      await sequencer?.stop();
      await identity.settle();
      await closeIssuers();
      await http.close();
      await releaseHttp.close();
      await witnessHttp?.close();
      await signIn.close();
      await Promise.all([database.close(), ledger.close(), aside.close()]);
    },
  };
}

/** A misspelt name would leave the trigger that was meant open to tokens, in silence. */
async function unknownTriggers(database: Database, secrets: WebhookSecrets): Promise<string[]> {
  const unknown: string[] = [];
  for (const place of secrets.keys()) {
    const [playbook = '', trigger = ''] = place.split('/');
    if (!(await hasWebhook(database, defaultTenant, playbook, trigger))) unknown.push(place);
  }
  return unknown;
}

/** A host that lacks the key of the current log seals nothing, and another one may well do: it is said here. */
function expectKey(status: SequencerStatus): void {
  if (status.state === 'halted' && status.alarm.code === 'audit/key-missing')
    throw new NotReady('audit/key-missing: the key of the current log is not on this host');
}

/** Without an entry there is no effect, so a log that takes none is an outage whatever else answers. */
function expectEntries(probe: () => Promise<void>): () => Promise<void> {
  return () =>
    probe().catch((cause: unknown) => {
      throw new NotReady('audit/unavailable: no entry can be written', { cause });
    });
}

async function readyOrThrow(answer: Promise<{ ok: boolean; detail: string }>): Promise<string> {
  const { ok, detail } = await answer;
  if (!ok) throw new Error(detail);
  return detail;
}
