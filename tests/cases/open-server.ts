import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createRegistry } from '../../actions/registry.ts';
import { createApp } from '../../api/http/create-app.ts';
import { createLimiter } from '../../api/http/limits.ts';
import { createReadiness } from '../../api/http/readiness.ts';
import { type Riposte, wire } from '../../api/process/wire.ts';
import { systemsOf } from '../../engine/runtime/open-engine.ts';
import { createLive } from '../../engine/runtime/outward/tell-live.ts';
import { startLab } from '../../examples/lab/start-lab.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { labConnections } from '../support/corridor.ts';
import { useDatabase } from '../support/database.ts';
import { madeSecrets } from '../support/made-secrets.ts';
import { releaseAfter } from '../support/release-after.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* The whole process as it is wired, against the lab, as the command line speaks to it. */

export interface Server {
  url: string;
  /** The secret of a new person's token. */
  token(name: string, roles: Role[], groups?: string[]): Promise<string>;
  call(method: string, path: string, token: string, body?: unknown, headers?: object): Promise<Answer>;
}

export interface Answer {
  status: number;
  etag: string;
  body: JsonObject;
}

type Role = Parameters<Riposte['identity']['createPerson']>[1]['roles'][number];

export async function openServer(): Promise<Server> {
  const database = await useDatabase();
  const lab = await startLab();
  const riposte = await wire({
    databaseUrl: database.url,
    queue: null,
    roles: ['api', 'engine', 'worker', 'sequencer'],
    auditKeyFile: join(await temporaryFolder(), 'audit-key'),
    publicUrl: 'http://127.0.0.1:7878',
    leaseMs: 60_000,
    logLevel: 'silent',
    secrets: madeSecrets(),
    connections: () => labConnections(lab.url, systemsOf(createRegistry())),
    allowedAddresses: [lab.url],
  });
  const { useCases, read, identity, log } = riposte;
  const app = createApp({
    useCases,
    read,
    live: createLive({ database: riposte.database, tenant: defaultTenant, log: () => undefined }),
    readiness: createReadiness({ read, log }),
    noteReading: async () => undefined,
    limiter: createLimiter(),
    identity,
    log,
    database: riposte.database,
    tenant: defaultTenant,
    publicUrl: 'http://127.0.0.1:7878',
    secureCookies: false,
    validateAnswers: true,
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await riposte.start(['api', 'engine', 'worker', 'sequencer']);
  releaseAfter(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await riposte.stop(3_000);
    await lab.close();
    await database.drop();
  });
  const by = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
  return {
    url,
    async token(name, roles, groups = []) {
      const email = `${name}@example.test`;
      const created = await riposte.identity.createPerson(by, { name, email, roles, groups });
      if (!created.ok) throw new Error(created.detail);
      const made = await riposte.identity.createToken(by, { personId: created.person.id, name, roles });
      if (!made.ok) throw new Error(made.detail);
      return made.secret;
    },
    async call(method, path, token, body, headers = {}) {
      const text = typeof body === 'string';
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': text ? 'application/yaml' : 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: text ? body : JSON.stringify(body) }),
      });
      const answered = await response.text();
      return {
        status: response.status,
        etag: response.headers.get('etag') ?? '',
        body: answered === '' ? {} : (JSON.parse(answered) as JsonObject),
      };
    },
  };
}
