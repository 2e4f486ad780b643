import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { routes as pages } from '../../api/console/routes.ts';
import { allRoutes } from '../../api/routes/all-routes.ts';
import { mayI, type Permission, type Role, roles } from '../../engine/core/identity/rights.ts';
import { startPasskeyConsole } from '../console/passkey-visitor.ts';
import type { ConsoleUnderTest, Visitor } from '../console/start-console.ts';

/*
 * T23: a route without a check, or a spelling of its address that the check does not know and the handler does.
 * Everything that the app answers is walked, API and pages alike, by somebody without credentials, by somebody
 * without rights, and by each role; paths go over the wire as they are typed, past what clients tidy up.
 */

const site: ConsoleUnderTest = await startPasskeyConsole();
const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

interface Door {
  method: string;
  path: string;
  permission: Permission | 'public';
}

const api: Door[] = allRoutes.map(({ method, path, permission }) => ({
  method: method.toUpperCase(),
  path: path.replace(/\{[^{}]+\}/g, 'x'),
  permission,
}));
const console_: Door[] = pages.map(({ method, path, permission }) => ({
  method: method.toUpperCase(),
  path: path.replace(/:\w+/g, 'x'),
  permission,
}));
const guarded = [...api, ...console_].filter(({ permission }) => permission !== 'public');

/** Open to everybody, with what each of them is. One more here is a decision. */
const open = [
  'GET /healthz',
  'GET /readyz',
  'GET /openapi.json',
  'GET /console.css',
  'GET /scripts/:version/:name',
  'GET /sign-in',
  'GET /sign-in/passkey',
  'GET /sign-in/passkey/:step',
  'POST /sign-in/passkey',
  'POST /sign-in/passkey/again',
  'POST /sign-in/passkey/answer',
  'GET /sign-in/:secret',
  'POST /sign-in/:secret',
  'GET /n/:link',
  'GET /codes/:station/:what',
  'GET /signed-out',
  'POST /sign-out',
];

interface Said {
  status: number;
  text: string;
}

/** As it is typed: `fetch` and `URL` would take dots and slashes out before they are sent. */
function raw(method: string, path: string, headers: { [name: string]: string } = {}): Promise<Said> {
  const { port } = new URL(site.url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += String(chunk);
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.once('error', reject).end();
  });
}

async function tokenOf(name: string, held: Role[]): Promise<string> {
  const made = await site.identity.createPerson(system, { name, email: null, roles: held, groups: [] });
  if (!made.ok) throw new Error(made.detail);
  const carried = held.filter((role) => role !== 'break-glass');
  const token = await site.identity.createToken(system, { personId: made.person.id, name, roles: carried });
  if (!token.ok) throw new Error(token.detail);
  return token.secret;
}

let powerless: { token: string; visitor: Visitor };
beforeAll(async () => {
  powerless = { token: await tokenOf('nobody', []), visitor: await site.signIn('Nobody', []) };
});

/** Nothing of the inside was reached, whatever was answered. */
function expectShut({ status, text }: Said, where: string): void {
  expect([400, 401, 403, 404, 405, 414, 429], `${where} answered ${status}: ${text.slice(0, 200)}`).toContain(
    status,
  );
  expect(site.useCases.calls, where).toEqual([]);
}

describe('the list of doors', () => {
  it('is the list of what the app answers: there is no other one', () => {
    const declared = [
      ...allRoutes.map(
        ({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{([^{}]+)\}/g, ':$1')}`,
      ),
      ...pages.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
      ...open,
    ];
    const answered = mounted(site.app.router as unknown as Layered);
    expect(answered.length).toBeGreaterThan(150);
    for (const each of answered) expect(declared).toContain(each);
    for (const each of declared) expect(answered).toContain(each);
  });

  it('names for each door who may pass, and only three of the API are open', () => {
    expect(
      api
        .filter(({ permission }) => permission === 'public')
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['/healthz', '/openapi.json', '/readyz']);
    expect(console_.filter(({ permission }) => permission === 'public')).toEqual([]);
  });
});

/** Whatever is read can be asked for without its body. */
const waysInto = ({ method }: { method: string }): string[] =>
  method === 'GET' ? [method, 'HEAD'] : [method];

describe.each(guarded.map((door) => [`${door.method} ${door.path}`, door] as const))('%s', (name, door) => {
  it('is shut to whoever has no credentials, or wrong ones', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer ' },
      { authorization: 'Basic YWRtaW46YWRtaW4=' },
      { authorization: 'Bearer null' },
      { cookie: 'riposte=' },
      { cookie: 'riposte=undefined; __Host-riposte=x' },
    ] as { [name: string]: string }[]) {
      for (const method of waysInto(door)) {
        const said = await raw(method, door.path, { 'sec-fetch-site': 'same-origin', ...headers });
        expect([401, 429], `${method} ${name}`).toContain(said.status);
      }
    }
    expect(site.useCases.calls).toEqual([]);
  });

  it('is shut to whoever has no right, by token and by session', async () => {
    for (const method of waysInto(door)) {
      const byToken = await raw(method, door.path, { authorization: `Bearer ${powerless.token}` });
      const bySession = await raw(method, door.path, {
        cookie: powerless.visitor.cookie,
        'sec-fetch-site': 'same-origin',
      });
      const isPage = !door.path.startsWith('/v1/');
      // A page knows sessions only.
      expect(byToken.status, `${method} ${name}`).toBe(isPage ? 401 : 403);
      expect(bySession.status, `${method} ${name}`).toBe(403);
    }
    expect(site.useCases.calls).toEqual([]);
  });
});

describe('each role', () => {
  it.each(roles.filter((role) => role !== 'break-glass'))(
    '%s passes what it may, and nothing else',
    async (role) => {
      const token = await tokenOf(`as ${role}`, [role]);
      for (const door of api.filter(({ permission }) => permission !== 'public')) {
        const may = mayI(
          { kind: 'person', id: 'per_1', roles: [role] },
          door.permission as Permission,
        ).allowed;
        if (may) continue;
        const said = await raw(door.method, door.path, { authorization: `Bearer ${token}` });
        expect([door.method, door.path, said.status]).toEqual([door.method, door.path, 403]);
      }
      expect(site.useCases.calls).toEqual([]);
    },
  );
});

/** How an address may be typed so that one reader of it sees another one than the next. */
const spellings: [what: string, spell: (path: string) => string][] = [
  ['a slash at the end', (path) => `${path}/`],
  ['two slashes', (path) => path.replace('/', '//')],
  ['two slashes inside', (path) => path.replace(/(.)\//, '$1//')],
  ['capitals', (path) => path.toUpperCase()],
  ['one capital', (path) => path.replace(/[a-z]/, (letter) => letter.toUpperCase())],
  ['an encoded slash', (path) => path.replace(/(.)\//, '$1%2f')],
  ['an encoded slash in capitals', (path) => path.replace(/(.)\//, '$1%2F')],
  ['a slash encoded twice', (path) => path.replace(/(.)\//, '$1%252f')],
  ['an encoded letter', (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)],
  ['a dot', (path) => `/.${path}`],
  ['an encoded dot', (path) => `/%2e${path}`],
  ['up and down', (path) => `/healthz/..${path}`],
  ['up and down, encoded', (path) => `/healthz/%2e%2e${path}`],
  ['up and down, past a parameter', (path) => `/healthz/..;/..${path}`],
  ['from an open address', (path) => `/openapi.json/../${path.slice(1)}`],
  ['a parameter of the path', (path) => `${path};jsessionid=1`],
  ['a parameter inside', (path) => path.replace(/(.)\//, '$1;a=b/')],
  ['an open name at the end', (path) => `${path}/healthz`],
  ['an open name as a parameter', (path) => `${path};/healthz`],
  ['an open name in the query', (path) => `${path}?x=/healthz`],
  ['an open name in a fragment', (path) => `${path}#/healthz`],
  ['an ending', (path) => `${path}.json`],
  ['an ending of a stylesheet', (path) => `${path}/console.css`],
  ['NUL', (path) => `${path}%00`],
  ['NUL and an open name', (path) => `${path}%00/healthz`],
  ['a blank', (path) => `${path}%20`],
  ['a tab', (path) => `${path}%09`],
  ['a backslash', (path) => path.replace('/', '/%5c')],
  ['a dot at the end', (path) => `${path}.`],
  ['broken UTF-8', (path) => `${path}%c0%af`],
  ['a whole address', (path) => `http://elsewhere.example${path}`],
  ['another method in the query', (path) => `${path}?_method=GET`],
];

describe('another spelling', () => {
  it.each(spellings)(
    'with %s is no other way in, for any door',
    async (what, spell) => {
      for (const door of guarded) {
        const path = spell(door.path);
        for (const headers of [{}, { authorization: `Bearer ${powerless.token}` }] as {
          [name: string]: string;
        }[]) {
          const said = await raw(door.method, path, headers);
          // "/" spelt with a slash or a dot more may be a page of a sign-in, which shows nothing either.
          if (open.includes(`${door.method} ${path}`)) continue;
          expectShut(said, `${what}: ${door.method} ${path}`);
        }
      }
    },
    60_000,
  );

  it('of the method is none: headers that claim another one change nothing', async () => {
    for (const door of guarded.filter(({ method }) => method !== 'GET')) {
      for (const claim of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
        const said = await raw('GET', door.path, {
          authorization: `Bearer ${powerless.token}`,
          [claim]: door.method,
        });
        expectShut(said, `${claim}: ${door.method} ${door.path}`);
      }
    }
    const override = { authorization: `Bearer ${powerless.token}`, 'x-http-method-override': 'GET' };
    for (const door of guarded.filter(({ method }) => method !== 'GET'))
      expect((await raw(door.method, door.path, override)).status, door.path).not.toBe(200);
    for (const method of ['TRACE', 'LINK', 'PROPFIND', 'PURGE', 'OPTIONS'])
      await raw(method, '/v1/people').then((said) => expectShut(said, method));
  }, 60_000);

  it('of the address in a header is none', async () => {
    for (const header of [
      'x-original-url',
      'x-rewrite-url',
      'x-forwarded-path',
      'x-forwarded-prefix',
      'x-forwarded-uri',
    ])
      for (const headers of [{}, { authorization: `Bearer ${powerless.token}` }] as {
        [name: string]: string;
      }[]) {
        const led = await raw('GET', '/healthz', { ...headers, [header]: '/v1/people' });
        expect([led.status, led.text]).toEqual([200, '{"ok":true}']);
        expectShut(await raw('GET', '/v1/people', { ...headers, [header]: '/healthz' }), header);
      }
  });

  it('of who is asking is none: whoever says to be near, or somebody, is believed nothing', async () => {
    const claims = {
      'x-forwarded-for': '127.0.0.1',
      'x-real-ip': '127.0.0.1',
      'x-forwarded-user': 'admin',
      'x-remote-user': 'admin',
      'remote-user': 'admin',
      'x-user': 'admin',
      'x-roles': 'admin',
      host: 'localhost',
      forwarded: 'for=127.0.0.1;host=localhost',
    };
    for (const door of guarded) expectShut(await raw(door.method, door.path, claims), door.path);
  });
});

it('whoever tries without the right is written down, with the right that was missing', async () => {
  const token = await tokenOf('Mallory', ['viewer']);
  await raw('POST', '/v1/stops', { authorization: `Bearer ${token}`, 'content-type': 'application/json' });
  const { rows } = await site.db.owner.query<{ entry: string }>(
    `select convert_from(entry, 'utf8') as entry from audit_pending order by enqueued_at desc, id desc limit 1`,
  );
  expect(JSON.parse(rows[0]?.entry ?? '{}')).toMatchObject({
    type: 'auth.refused',
    code: 'auth/forbidden',
    data: { permission: expect.stringContaining('stops.set') },
  });
});

interface Layered {
  stack: { route?: { path: string; methods: { [method: string]: boolean } }; handle: unknown }[];
}

/** Every route of the app, through all routers inside it. */
function mounted(router: Layered): string[] {
  const found = router.stack.flatMap(({ route, handle }) => {
    if (route !== undefined)
      return Object.keys(route.methods)
        .filter((method) => method !== '_all')
        .map((method) => `${method.toUpperCase()} ${route.path}`);
    const inner = handle as Partial<Layered>;
    return Array.isArray(inner.stack) ? mounted(inner as Layered) : [];
  });
  return [...new Set(found)];
}
