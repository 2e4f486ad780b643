import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { createConsole } from '../../api/console/create-console.ts';
import type { SignInWay } from '../../api/console/sign-in/way.ts';
import { createApp } from '../../api/http/create-app.ts';
import { createLimiter, type Limits } from '../../api/http/limits.ts';
import { createReadiness } from '../../api/http/readiness.ts';
import { createRightsOf } from '../../api/process/rights-of.ts';
import type { Role } from '../../engine/core/identity/rights.ts';
import { type Identity, openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import type { Workloads } from '../../engine/runtime/identity/open-workloads.ts';
import type { Person } from '../../engine/runtime/identity/person.ts';
import type { NoteReading } from '../../engine/runtime/note-reading.ts';
import { type ApprovalLinks, openApprovalLinks } from '../../engine/runtime/outward/approval-links.ts';
import { createLive, type LiveLimits } from '../../engine/runtime/outward/tell-live.ts';
import type { PlaysWith } from '../../engine/runtime/plays-with.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { createFakeUseCases, type FakeUseCases } from '../api/fake-use-cases.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';

export interface Shown {
  status: number;
  headers: Headers;
  text: string;
}

/** Somebody with a browser: cookies are kept, forms are sent as a page of ours sends them. */
export interface Visitor {
  person: Person;
  cookie: string;
  get(path: string, headers?: Record<string, string>): Promise<Shown>;
  /** Sends fields to `path` with the session's form token and our origin, unless told otherwise. */
  post(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Shown>;
  csrf(): Promise<string>;
}

export interface ConsoleUnderTest {
  url: string;
  app: ReturnType<typeof createApp>;
  db: TestDatabase;
  identity: Identity;
  useCases: FakeUseCases;
  /** Of everybody, as a network does. */
  breakConnections(): void;
  visit(path: string, init?: RequestInit): Promise<Shown>;
  link(name: string, roles: Role[], groups?: string[]): Promise<{ person: Person; secret: string }>;
  signIn(name: string, roles: Role[], groups?: string[]): Promise<Visitor>;
  /** How many rows say that something happened, bar that somebody was refused; a GET leaves it as it was. */
  traces(): Promise<string>;
  links: ApprovalLinks;
}

/** What results of cases are held against. */
export const installed: PlaysWith = { engine: '9.9.9', compiler: 2, catalogue: `sha256:${'0'.repeat(64)}` };

const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

/** The real app, identity and read models over a real database; the engine's use cases are a fake. */
export async function startConsole(
  options: {
    publicUrl?: string;
    /** Reached as browsers give passkeys to: by the name `localhost`, which is then the public address. */
    atLocalhost?: boolean;
    secureCookies?: boolean;
    signInWays?: readonly SignInWay[] | ((publicUrl: string) => readonly SignInWay[]);
    limits?: Limits;
    live?: Partial<LiveLimits>;
    noteReading?: NoteReading;
    nowMs?: () => number;
    workloads?: Workloads;
    /** One that something has happened in; default a fresh one. */
    db?: TestDatabase;
  } = {},
): Promise<ConsoleUnderTest> {
  const db = options.db ?? (await useDatabase());
  const identity = openIdentity({ database: db.app, tenant: defaultTenant, mint: mintId });
  const useCases = createFakeUseCases();
  const silent = () => undefined;
  const server = createServer((request, response) => app(request, response));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.atLocalhost === true ? 'localhost' : '127.0.0.1'}:${port}`;
  const publicUrl = options.publicUrl ?? (options.atLocalhost === true ? url : 'http://127.0.0.1');
  const links = openApprovalLinks(db.app, defaultTenant, publicUrl);
  const error = (fields: object, message: string) => console.error(message, fields);
  const log = { info: silent, warn: silent, error };
  const read = openRead(db.app);
  const live = createLive({
    database: db.app,
    tenant: defaultTenant,
    log: silent,
    ...(options.live && { limits: options.live }),
  });
  live.start();
  const deps = {
    links,
    useCases,
    live,
    readiness: createReadiness({ read, log }),
    noteReading: options.noteReading ?? (async () => undefined),
    limiter: createLimiter(options.limits),
    rightsOf: createRightsOf(createRegistry()),
    installed,
    identity,
    read,
    database: db.app,
    tenant: defaultTenant,
    publicUrl,
    secureCookies: options.secureCookies ?? false,
    log,
    nowMs: options.nowMs ?? Date.now,
    ...(options.workloads !== undefined && { workloads: options.workloads }),
  };
  const { signInWays: given = [] } = options;
  const ways = typeof given === 'function' ? given(publicUrl) : given;
  const app = createApp({ ...deps, console: createConsole(deps, ways) });
  afterAll(async () => {
    await live.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const visit = async (path: string, init: RequestInit = {}): Promise<Shown> => {
    const response = await fetch(url + path, { redirect: 'manual', ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const link = async (name: string, roles: Role[], groups: string[] = []) => {
    const created = await identity.createPerson(system, { name, email: null, roles, groups });
    if (!created.ok) throw new Error(created.detail);
    const made = await identity.createSignInLink(system, created.person.id);
    if (!made.ok) throw new Error(made.detail);
    return { person: created.person, secret: made.secret };
  };
  const signIn = async (name: string, roles: Role[], groups: string[] = []): Promise<Visitor> => {
    const { person, secret } = await link(name, roles, groups);
    const entered = await visit(`/sign-in/${secret}`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const get = (path: string, headers: Record<string, string> = {}) =>
      visit(path, { headers: { cookie, ...headers } });
    const csrf = async () => /name="csrf" value="([^"]+)"/.exec((await get('/')).text)?.[1] ?? '';
    return {
      person,
      cookie,
      get,
      csrf,
      async post(path, fields = {}, headers = {}) {
        const body = new URLSearchParams({ csrf: await csrf(), ...fields });
        return visit(path, {
          method: 'POST',
          headers: { cookie, 'sec-fetch-site': 'same-origin', ...headers },
          body,
        });
      },
    };
  };
  const traces = async (): Promise<string> => {
    const { rows } = await db.owner.query<{ counts: string }>(
      `select concat_ws(' ', (select count(*) from audit_pending where convert_from(entry, 'utf8') not like '%"auth.refused"%'),
         (select count(*) from decisions),
         (select count(*) from sessions where ended_at is null), (select count(*) from sign_in_links where used_at is null),
         (select string_agg(state, ',' order by id) from approvals)) as counts`,
      [],
    );
    return `${rows[0]?.counts} ${useCases.calls.length}`;
  };
  return {
    breakConnections: () => server.closeAllConnections(),
    url,
    app,
    db,
    identity,
    useCases,
    visit,
    link,
    signIn,
    traces,
    links,
  };
}
