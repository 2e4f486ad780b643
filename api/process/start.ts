import type { RequestListener, Server } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Connection } from '../../engine/core/contracts/action.ts';
import type { Secrets } from '../../engine/runtime/secrets/open-secrets.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../engine/runtime/store/embedded-postgres.ts';
import { migrate } from '../../engine/runtime/store/migrate.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { beyondLab, labClient, labTenantId } from '../../examples/lab/scenario.ts';
import { type Lab, startLab } from '../../examples/lab/start-lab.ts';
import { type Config, readConfig, readVariable, sopsEnvironment } from './config.ts';
import { publishShippedCases } from './demo/publish-shipped.ts';
import { runDemo, systemCaller } from './demo/run-demo.ts';
import { expectOidcSecret, expectWebhookSecrets } from './expect-secrets.ts';
import { forbidCoreDumps } from './forbid-core-dumps.ts';
import { listen } from './listen.ts';
import { labConnections, openConnections } from './open-connections.ts';
import { openSecretWays } from './open-secret-ways.ts';
import type { SignInOptions } from './open-sign-in.ts';
import { openWebhookSecrets } from './open-webhook-secrets.ts';
import { ownPlaces, storePlaces } from './own-places.ts';
import type { Started } from './started.ts';
import { wayIn } from './way-in.ts';
import { type Riposte, wire } from './wire.ts';

/*
 * Starts what the configuration asks for and stops it in good order. Whatever keeps it from
 * starting is one line that says what to do.
 */

/** `riposte serve`: the server without the demonstration. Resolves when it has been stopped. */
export async function serve(): Promise<void> {
  const started = await start(readConfig());
  const stopped = untilStopped(started);
  const { roles } = started.config;
  process.stderr.write(
    roles.includes('api')
      ? `riposte is listening on ${started.publicUrl}\n`
      : `riposte runs (${roles.join(', ')}) and serves no API\n`,
  );
  const link = await wayIn(started, process.stderr.isTTY === true);
  if (link !== null) process.stderr.write(`The administrator can sign in once within 15 minutes: ${link}\n`);
  await stopped;
}

/** `npm start`: the server, the shipped playbooks and the sample alerts, told on the terminal. */
async function demonstrate(once: boolean): Promise<void> {
  const started = await start(readConfig());
  const stopping = once ? null : untilStopped(started);
  await runDemo(started, { once });
  if (stopping === null) return started.stop();
  // Whoever stops it meanwhile takes its connections away.
  const error = (err: unknown) => started.riposte.log.debug({ err }, 'shipped cases were not all published');
  void publishShippedCases(started, systemCaller()).catch(error);
  await stopping;
}

async function start(config: Config): Promise<Started> {
  const open = forbidCoreDumps();
  if (open !== null) process.stderr.write(`riposte: ${open}\n`);
  let postgres: EmbeddedPostgres | null = null;
  let lab: Lab | null = null;
  let riposte: Riposte | null = null;
  let server: Server | null = null;
  let watched: Server | null = null;
  let ways: ReturnType<typeof openSecretWays> | null = null;
  async function stop(): Promise<void> {
    await riposte?.letGo();
    server?.closeAllConnections();
    await closed(server);
    await riposte?.stop(10_000);
    await ways?.close();
    watched?.closeAllConnections();
    await closed(watched);
    await lab?.close();
    await postgres?.stop();
  }
  try {
    postgres =
      config.databaseUrl === null
        ? await startEmbeddedPostgres({ dataDir: config.dataDir, onTrouble: tellTrouble })
        : null;
    const databaseUrl = config.databaseUrl ?? postgres?.url ?? '';
    await migrate(databaseUrl, join(import.meta.dirname, '../../engine/runtime/store/migrations'));
    lab = await openLab(config);
    const publicUrl =
      config.publicUrl ??
      `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`;
    const labUrl = lab?.url ?? (config.lab.kind === 'at' ? config.lab.url : null);
    const ours = await ownPlaces({
      databaseUrl,
      queue: config.queue,
      listens: [config, ...(config.metrics === null ? [] : [config.metrics])],
    });
    ways = openSecretWays(
      config.vault,
      {
        variable: readVariable,
        sopsEnvironment,
        // Before there is a log, what is missing keeps the process from starting, and is told so.
        lost: (place, { message, met }) =>
          riposte?.log.warn({ place, why: message, ...(met !== null && { met }) }, 'a secret cannot be read'),
      },
      ours,
    );
    const { secrets } = ways;
    // Nobody else is asked to hold them.
    const webhookSecrets = openWebhookSecrets(config.roles.includes('api') ? config.webhooks : [], secrets);
    await expectWebhookSecrets(webhookSecrets);
    riposte = await wire({
      databaseUrl,
      queue: config.queue,
      roles: config.roles,
      auditKeyFile: config.auditKeyFile,
      auditAnchors: config.auditAnchors,
      auditWitness: config.auditWitness,
      auditRetentionDays: config.auditRetentionDays,
      auditOrderKeys: config.auditOrderKeys,
      retentionDays: config.retentionDays,
      requireCases: config.requireCases,
      publicUrl,
      leaseMs: config.leaseMs,
      limits: config.limits,
      logLevel: config.logLevel,
      connections: (systems) => connectionsTo(config, labUrl, systems, secrets),
      webhookSecrets,
      secrets,
      oidc: await openOidc(config, secrets),
      httpSystems: config.httpSystems,
      issuers: config.issuers,
      allowedAddresses: [...config.allowedAddresses, ...(labUrl === null ? [] : [new URL(labUrl).origin])],
      ownPlaces: ours,
      storePlaces: await storePlaces(config.vault?.address ?? null),
      metered: config.metrics !== null,
    });
    // First, so that whoever watches sees it start.
    if (riposte.watched !== null && config.metrics !== null)
      watched = await listen(riposte.watched as RequestListener, config.metrics, 'RIPOSTE_METRICS');
    if (config.roles.includes('api')) server = await listen(riposte.app as RequestListener, config);
    await riposte.start(config.roles);
    return { riposte, config, lab, publicUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function closed(server: Server | null): Promise<void> {
  return new Promise((resolve) => (server === null ? resolve() : void server.close(() => resolve())));
}

/** On the terminal, as no logger is there before the database is. */
function tellTrouble({ code, message }: StartError): void {
  process.stderr.write(
    `riposte: ${code}: the database is down and does not start; trying again. ${message}\n`,
  );
}

/** Only where people sign in: nobody else is asked to hold the secret. */
async function openOidc({ oidc, roles }: Config, secrets: Secrets): Promise<SignInOptions['oidc']> {
  if (oidc === null || !roles.includes('api')) return null;
  await expectOidcSecret(oidc.clientSecret, secrets);
  return { config: oidc, secret: () => secrets.read(oidc.clientSecret) };
}

/** What is configured, or else the lab estate for every system. */
export function connectionsTo(
  config: Config,
  labUrl: string | null,
  systems: readonly string[],
  secrets: Secrets,
): Connection[] {
  if (config.connections.length > 0 || labUrl === null) return openConnections(config.connections, secrets);
  const { clientId, secret } = labClient;
  const served = systems.filter((system) => !beyondLab.has(system));
  return labConnections({ url: labUrl, tenantId: labTenantId, clientId, secret }, served);
}

/** The stand-in for the outside world; never beside connections to the real one. */
async function openLab(config: Config): Promise<Lab | null> {
  if (config.lab.kind !== 'on' || config.connections.length > 0) return null;
  return startLab({ dataFile: join(config.dataDir, 'lab.json') }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError('start/data-damaged', why, { cause: error });
  });
}

/** Ctrl-C or a polite kill ends in good order; a second one ends at once, which loses nothing either. */
function untilStopped(started: Started): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = false;
    const stop = () => {
      if (asked) process.exit(130);
      asked = true;
      started.stop().then(resolve, reject);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

async function main(): Promise<void> {
  try {
    const no = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({ options: { once: no, server: no, help: no } });
    if (values.help) process.stdout.write(usage);
    else await (values.server ? serve() : demonstrate(values.once));
    process.exitCode = 0;
  } catch (error) {
    process.stderr.write(`riposte: ${whyNot(error)}\n`);
    process.exitCode = 1;
  }
  // What still holds the process open (a socket to a vendor) must not keep a stopped server alive.
  process.exit();
}

const usage = `npm start              the server, the shipped playbooks and the sample alerts, until Ctrl-C
npm start -- --once    the same to rest, prints the summary, ends
npm start -- --server  the server alone, like riposte serve

The settings come from the environment; README.md lists them.
`;

function whyNot(error: unknown): string {
  if (error instanceof StartError) return `${error.code}: ${error.message}`;
  if (error instanceof TypeError && 'code' in error && error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return `${error.message}\n${usage}`.trimEnd();
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

if (import.meta.main) await main();
