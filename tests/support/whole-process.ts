import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createRegistry } from '../../actions/registry.ts';
import type { WebhookSecrets } from '../../api/http/deps.ts';
import { type Riposte, wire } from '../../api/process/wire.ts';
import type { Connection } from '../../engine/core/contracts/action.ts';
import type { Role } from '../../engine/core/identity/rights.ts';
import { systemsOf } from '../../engine/runtime/open-engine.ts';
import { type Lab, startLab } from '../../examples/lab/start-lab.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { labConnections } from './corridor.ts';
import { type TestDatabase, useDatabase } from './database.ts';
import { madeSecrets } from './made-secrets.ts';
import { temporaryFolder } from './temp-folder.ts';

/* Everything as a process wires it, doors included, over HTTP; queues in PostgreSQL, targets in the lab. */

export interface WholeProcess {
  database: TestDatabase;
  lab: Lab;
  riposte: Riposte;
  url: string;
  call(method: string, path: string, token: string, body?: unknown, headers?: Headers): Promise<Answer>;
  /** A page of the console, as somebody who has signed in sees it. */
  page(path: string, cookie: string): Promise<{ status: number; text: string; headers: globalThis.Headers }>;
  person(name: string, roles: Role[], groups?: string[]): Promise<Somebody>;
  service(name: string, roles: Role[]): Promise<{ id: string; secret: string }>;
  /** Of the log, in the order they were written, sealed ones first. */
  entries(): Promise<Entry[]>;
  close(): Promise<void>;
}

type Headers = { [name: string]: string };

export interface Somebody {
  id: PersonId;
  token: string;
  cookie: string;
}

export interface Answer {
  status: number;
  headers: globalThis.Headers;
  body: ReturnType<typeof JSON.parse>;
}

export interface Entry {
  type: string;
  code?: string;
  reason?: string;
  runId?: string;
  alertId?: string;
  actor: { id: string };
  data?: { [name: string]: unknown };
}

const by = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

export async function openWholeProcess(
  options: {
    connections?: readonly Connection[];
    addresses?: readonly string[];
    crowd?: number;
    webhookSecrets?: WebhookSecrets;
    variables?: { readonly [name: string]: string };
  } = {},
): Promise<WholeProcess> {
  const database = await useDatabase();
  const lab = await startLab({
    scenario: { crowd: { hosts: options.crowd ?? 0, users: 0, mails: 0 } },
  });
  const roles = ['api', 'engine', 'worker', 'sequencer'] as const;
  const riposte = await wire({
    databaseUrl: database.url,
    queue: null,
    roles,
    auditKeyFile: join(await temporaryFolder(), 'audit-key'),
    publicUrl: 'http://127.0.0.1:7878',
    leaseMs: 60_000,
    logLevel: 'silent',
    connections: () => [
      ...labConnections(lab.url, systemsOf(createRegistry())),
      ...(options.connections ?? []),
    ],
    allowedAddresses: [lab.url, ...(options.addresses ?? [])],
    secrets: madeSecrets(options.variables),
    ...(options.webhookSecrets !== undefined && { webhookSecrets: options.webhookSecrets }),
  });
  const server = createServer(riposte.app as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await riposte.start(roles);
  const { identity } = riposte;
  return {
    database,
    lab,
    riposte,
    url,
    async call(method, path, token, body, headers = {}) {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(token !== '' && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? {} : JSON.parse(text),
      };
    },
    async page(path, cookie) {
      const response = await fetch(url + path, { headers: { cookie }, redirect: 'manual' });
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
    async person(name, roles, groups = []) {
      const email = `${name}@example.test`;
      const created = await identity.createPerson(by, { name, email, roles, groups });
      if (!created.ok) throw new Error(created.detail);
      const { id } = created.person;
      const made = await identity.createToken(by, { personId: id, name, roles });
      const link = await identity.createSignInLink(by, id);
      if (!made.ok || !link.ok) throw new Error('no token or no link');
      const used = await identity.consumeSignInLink(link.secret);
      if (!used.ok) throw new Error('the link was not taken');
      return { id, token: made.secret, cookie: `riposte=${used.session}` };
    },
    async service(name, roles) {
      const made = await identity.createToken(by, { personId: null, name, roles });
      if (!made.ok) throw new Error(made.detail);
      return { id: made.token.id, secret: made.secret };
    },
    async entries() {
      const { rows } = await database.owner.query<{ entry: string }>(
        `select convert_from(entry, 'utf8') as entry from (
           (select entry, 0 as part, idx::numeric as place, '' as id from audit_log)
           union all
           (select entry, 1, extract(epoch from enqueued_at), id from audit_pending)) all_of_it
         order by part, place, id`,
      );
      return rows.map(({ entry }) => JSON.parse(entry) as Entry);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await riposte.stop(3_000);
      await lab.close();
      await database.drop();
    },
  };
}

/** Over the API, by an operator who is made for it. */
export async function publishAs(
  whole: WholeProcess,
  name: string,
  playbook: string,
  source: string,
): Promise<void> {
  const { token } = await whole.person(name, ['operator']);
  const published = await whole.call('PUT', `/v1/playbooks/${playbook}/versions`, token, source, {
    'content-type': 'application/yaml',
  });
  if (published.status !== 200) throw new Error(JSON.stringify(published.body));
}
