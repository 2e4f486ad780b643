import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { createApp } from '../../api/http/create-app.ts';
import type { Deps } from '../../api/http/deps.ts';
import { createLimiter } from '../../api/http/limits.ts';
import { createReadiness } from '../../api/http/readiness.ts';
import type { Role } from '../../engine/core/identity/rights.ts';
import { type Identity, openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import type { Person } from '../../engine/runtime/identity/person.ts';
import { createLive, type LiveLimits } from '../../engine/runtime/outward/tell-live.ts';
import { openRead, type Read } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { createFakeUseCases, type FakeUseCases } from './fake-use-cases.ts';

export interface Called {
  status: number;
  headers: Headers;
  /** As `JSON.parse` gives it: tests look into answers of every shape, and `expect` judges what is there. */
  body: ReturnType<typeof JSON.parse>;
}

export interface Api {
  url: string;
  db: TestDatabase;
  read: Read;
  identity: Identity;
  useCases: FakeUseCases;
  call(method: string, path: string, options?: CallOptions): Promise<Called>;
  /** A person with these roles and a token that has all of them, bar the one that no token carries. */
  person(name: string, roles: Role[], groups?: string[]): Promise<{ person: Person; token: string }>;
  /** Of everybody, as a network does. */
  breakConnections(): void;
  /** Headers of a page of ours that this person has just signed in to. */
  session(person: Person): Promise<Record<string, string>>;
  service(name: string, roles: Role[]): Promise<string>;
  /** Types of the entries written so far, in order. */
  entries(): Promise<{ type: string; entry: Record<string, unknown> }[]>;
}

export interface CallOptions {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

/** A real app over a real database, listening on a free port; the engine behind it is a fake. */
export async function startApi(
  extra: Partial<Deps> = {},
  limits?: Partial<LiveLimits>,
  /** One that something given in `extra` writes to; default a fresh one. */
  given?: TestDatabase,
): Promise<Api> {
  const db = given ?? (await useDatabase());
  const identity = openIdentity({ database: db.app, tenant: defaultTenant, mint: mintId });
  const read = openRead(db.app);
  const useCases = createFakeUseCases();
  const silent = () => undefined;
  const error = (fields: object, message: string) => console.error(message, fields);
  const log = { info: silent, warn: silent, error };
  const { database = db.app, tenant = defaultTenant } = extra;
  const live = createLive({ database, tenant, log: silent, ...(limits && { limits }) });
  live.start();
  const app = createApp({
    useCases,
    live,
    readiness: createReadiness({ read, log }, 0),
    noteReading: async () => undefined,
    limiter: createLimiter(),
    identity,
    read,
    database: db.app,
    tenant: defaultTenant,
    publicUrl: 'http://127.0.0.1',
    secureCookies: false,
    log,
    validateAnswers: true,
    ...extra,
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  afterAll(async () => {
    await live.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    db,
    read,
    identity,
    useCases,
    async call(method, path, { token, body, headers = {} } = {}) {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        // Files are looked at as such.
        body: text === '' || isFile(response) ? null : JSON.parse(text),
      };
    },
    async person(name, roles, groups = []) {
      const created = await identity.createPerson(system, {
        name,
        email: `${name}@example.test`,
        roles,
        groups,
      });
      if (!created.ok) throw new Error(created.detail);
      const carried = roles.filter((role) => role !== 'break-glass');
      const made = await identity.createToken(system, { personId: created.person.id, name, roles: carried });
      if (!made.ok) throw new Error(made.detail);
      return { person: created.person, token: made.secret };
    },
    breakConnections: () => server.closeAllConnections(),
    async session(person) {
      const link = await identity.createSignInLink(system, person.id);
      if (!link.ok) throw new Error(link.detail);
      const used = await identity.consumeSignInLink(link.secret);
      if (!used.ok) throw new Error('the link was not taken');
      return { cookie: `riposte=${used.session}`, 'sec-fetch-site': 'same-origin' };
    },
    async service(name, roles) {
      const made = await identity.createToken(system, { personId: null, name, roles });
      if (!made.ok) throw new Error(made.detail);
      return made.secret;
    },
    async entries() {
      const { rows } = await db.owner.query<{ entry: string }>(
        `select convert_from(entry, 'utf8') as entry from audit_pending order by id`,
      );
      return rows.map((row) => JSON.parse(row.entry)).map((entry) => ({ type: entry.type, entry }));
    },
  };
}

const isFile = ({ headers }: Response) =>
  /^(application\/x-tar|text\/yaml|image\/svg\+xml)\b/.test(headers.get('content-type') ?? '');
