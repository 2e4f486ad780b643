import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes as pages } from '../../api/console/routes.ts';
import { allRoutes } from '../../api/routes/all-routes.ts';
import { setStop } from '../../engine/runtime/set-stop.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import { startConsole, type Visitor } from '../console/start-console.ts';
import {
  hostAlert,
  isolateStep,
  madePlaybook,
  questions,
  until,
  ws0117,
  ws0244,
} from '../corridor/questions.ts';
import { findChromium } from '../support/chromium.ts';
import { openCorridor, testActor } from '../support/corridor.ts';

/*
 * T25: another site makes the browser of somebody who is signed in act, read or show; and a text that was stored
 * long ago becomes a script in it. A real browser with script switched on, a site of the attacker on another
 * host and on another port of ours, and texts in every place that people or vendors can fill.
 */

const program = await findChromium();
if (program.kind === 'missing') throw new Error(program.reason);
const browser: Browser = await chromium.launch({
  executablePath: program.path,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
afterAll(() => browser.close());

const owned = 'window.owned = true';
const stored = [
  `"'><script>${owned}</script>`,
  `<img src=x onerror="${owned}">`,
  `<svg onload="${owned}">`,
  `<iframe srcdoc="<script>parent.owned = true</script>"></iframe>`,
  `</title></textarea></style></pre><details open ontoggle="${owned}">`,
  `<a href="javascript:${owned}">x</a>`,
  '<base href="http://evil.example/"><meta http-equiv="refresh" content="0;url=http://evil.example/">',
  '<form action="http://evil.example/"><input name="csrf">',
  '<link rel="stylesheet" href="http://evil.example/x.css"><style>*{display:none}</style>',
  `{{constructor.constructor("${owned}")()}}`,
].join(' ');

/** What a run leaves behind when everybody who could put that text in did. */
const corridor = await openCorridor({ playbooks: [] });
beforeAll(async () => {
  const quoted = JSON.stringify(stored);
  const approval = `    approval: { approvers: [group:soc], why: ${quoted} }\n`;
  const source = madePlaybook(
    'hostile',
    `${isolateStep}    name: ${JSON.stringify(stored.slice(0, 100))}\n${approval}`,
  )
    .replace('title: Made for a test', `title: ${JSON.stringify(stored.slice(0, 80))}`)
    .replace('description: Made for a test.', `description: ${quoted}`);
  await corridor.publish(source);
  for (const [n, host] of [ws0117, ws0244].entries())
    await corridor.sendBody({
      ...hostAlert('hostile', `${stored.slice(0, 40)}${n}`, host),
      title: stored,
      description: stored,
      incident: { id: `inc-${n}`, title: stored },
      targets: {
        hosts: [
          { id: host, name: stored.slice(0, 400), dns_name: stored.slice(0, 400), os: stored.slice(0, 100) },
        ],
        users: [{ id: 'u1', name: stored.slice(0, 400), upn: stored.slice(0, 400) }],
      },
    });
  await until(async () => (await questions(corridor, 'pending')).length === 2);
  const [asked] = await questions(corridor, 'pending');
  if (asked === undefined) throw new Error('nothing is asked');
  const personId = await corridor.person(stored.slice(0, 100), ['soc']);
  const { parts, advancer } = corridor.engine;
  await settleApproval(parts, advancer, {
    signedInAtMs: Date.now(),
    approvalId: asked.id,
    decision: 'deny',
    digest: asked.digest,
    comment: stored,
    personId,
    actor: { kind: 'person', id: personId, channel: 'api' },
    requestId: 'test',
  });
  await setStop(parts, {
    scope: 'everything',
    subject: '',
    reason: stored.slice(0, 400),
    actor: testActor,
    personId: null,
    requestId: 'test',
  });
  await corridor.rest();
});

const site = await startConsole({ db: corridor.database });
// After the console, which the same database serves.
afterAll(() => corridor.close());
let ann: Visitor;
beforeAll(async () => {
  ann = await site.signIn('Ann', ['admin'], ['soc']);
});

/** A browser in which Ann is signed in. */
async function asAnn(options: { bypassCSP?: boolean } = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  const [name = '', value = ''] = ann.cookie.split('=');
  await context.addCookies([{ name, value, url: site.url, httpOnly: true, sameSite: 'Strict' }]);
  return context;
}

describe('a text that was stored', () => {
  // Once as it is served, and once as if the policy in the header were not there: the markup itself has to hold.
  it.each([false, true])(
    'is a text on every page that one can walk to (without the policy: %s)',
    async (bypassCSP) => {
      const context = await asAnn({ bypassCSP });
      const page = await context.newPage();
      const trouble: string[] = [];
      page.on('dialog', (dialog) => {
        trouble.push(`dialog ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('pageerror', (error) => void trouble.push(`error ${error.message}`));
      page.on('request', (request) => {
        if (!request.url().startsWith(site.url)) trouble.push(`request ${request.url()}`);
      });
      const seen = await walk(page, trouble);
      expect(trouble).toEqual([]);
      expect(seen.pages).toBeGreaterThan(15);
      // It was there to be seen: as letters.
      expect(seen.shown).toBeGreaterThan(5);
      await context.close();
    },
    120_000,
  );
});

interface Found {
  owned: boolean;
  foreign: number;
  actions: string[];
  links: string[];
  text: string;
}

/** Runs in the page. */
const look = `({
  owned: 'owned' in window,
  foreign: document.querySelectorAll(
    'script:not(head > script[src*="/scripts/"]:empty), iframe, base, object, embed, [onerror], [onload], [ontoggle], style, meta[http-equiv]').length,
  actions: [...document.querySelectorAll('form')].map((form) => form.action),
  links: [...document.querySelectorAll('a[href]')].map((link) => new URL(link.getAttribute('href'), link.baseURI).href),
  text: document.body.textContent ?? '',
})`;

/** Follows every link of ours, and looks at each page for what no page of ours has. */
async function walk(page: Page, trouble: string[]): Promise<{ pages: number; shown: number }> {
  const queue = ['/'];
  const known = new Set(queue);
  let shown = 0;
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const answer = await page.goto(site.url + path);
    if (!answer?.headers()['content-type']?.startsWith('text/html')) continue;
    const found = await page.evaluate<Found>(look);
    if (found.owned) trouble.push(`${path}: a script ran`);
    if (found.foreign > 0) trouble.push(`${path}: ${found.foreign} elements that are not ours`);
    for (const address of [...found.actions, ...found.links])
      if (!address.startsWith(`${site.url}/`)) trouble.push(`${path}: leads to ${address}`);
    if (found.text.includes('<script>window.owned')) shown += 1;
    for (const link of found.links) {
      const { pathname, search } = new URL(link);
      const next = pathname + search;
      if (!known.has(next) && known.size < 120 && pathname !== '/sign-out') queue.push(next);
      known.add(next);
    }
  }
  return { pages: known.size, shown };
}

const refusals = async (): Promise<number> => {
  const { rows } = await site.db.owner.query<{ n: number }>(
    `select count(*)::int as n from audit_pending where convert_from(entry, 'utf8') like '%"auth/bad-origin"%'
       and convert_from(entry, 'utf8') like $1`,
    [`%${ann.person.id}%`],
  );
  return rows[0]?.n ?? 0;
};

describe('another site', () => {
  /** Serves what the test wants, under the name of another host or as another port of ours. */
  let body = '';
  const evil = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(body);
  });
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    port = (evil.address() as AddressInfo).port;
  });
  afterAll(() => {
    evil.closeAllConnections();
    evil.close();
  });
  const places = () => [
    ['another host', `http://localhost:${port}`],
    ['another port of ours', `http://127.0.0.1:${port}`],
  ];

  it('makes her browser send forms and requests, and nothing happens', async () => {
    const posts = [
      ...pages.filter(({ method }) => method === 'post').map(({ path }) => path.replace(/:\w+/g, 'x')),
      ...allRoutes
        .filter(({ method }) => method === 'post')
        .map(({ path }) => path.replace(/\{[^{}]+\}/g, 'x')),
      '/sign-out',
    ];
    for (const [where, origin = ''] of places()) {
      const context = await asAnn();
      const page = await context.newPage();
      body = '<h1>You have won</h1>';
      await page.goto(origin);
      const before = await site.traces();
      const sent = await page.evaluate(
        async ({ target, paths }) => {
          const tries: Promise<unknown>[] = [];
          for (const path of paths) {
            const words = 'csrf=x&decision=approve&digest=x&reason=x&confirmed=yes';
            for (const type of [
              'application/x-www-form-urlencoded',
              'text/plain',
              'multipart/form-data; boundary=x',
            ])
              tries.push(
                fetch(target + path, {
                  method: 'POST',
                  mode: 'no-cors',
                  credentials: 'include',
                  headers: { 'content-type': type },
                  body: words,
                }).catch(() => null),
              );
          }
          await Promise.all(tries);
          return tries.length;
        },
        { target: site.url, paths: posts },
      );
      expect(sent).toBe(posts.length * 3);
      // And as a form that leads there, which takes cookies along as a visit does.
      body = `<form method="post" action="${site.url}/settings/pause"><input name="reason" value="x"></form><script>document.forms[0].submit()</script>`;
      await page.goto(origin);
      await page.waitForURL(`${site.url}/**`);
      expect(site.useCases.calls, where).toEqual([]);
      // The cookie travels to another port of the same host, so there it is the check that refuses, and writes it down.
      if (where === 'another port of ours') expect(await refusals()).toBeGreaterThan(0);
      expect((await ann.get('/')).status, `${where}: still signed in`).toBe(200);
      expect(await site.traces(), where).toBe(before);
      await context.close();
    }
  }, 120_000);

  it('reads nothing of what her browser may see', async () => {
    for (const [where, origin = ''] of places()) {
      const context = await asAnn();
      const page = await context.newPage();
      body = '<h1>Look</h1>';
      await page.goto(origin);
      const read = await page.evaluate(
        async ({ target, paths }) => {
          const found: string[] = [];
          for (const path of paths)
            for (const headers of [{}, { 'x-requested-with': 'x' }, { authorization: 'Bearer x' }])
              await fetch(target + path, { credentials: 'include', headers }).then(
                () => found.push(path),
                () => undefined,
              );
          return found;
        },
        {
          target: site.url,
          paths: ['/', '/v1/people', '/v1/alerts', '/openapi.json', '/healthz', '/audit', '/nowhere'],
        },
      );
      expect(read, where).toEqual([]);
      await context.close();
    }
  }, 60_000);

  it('shows none of our pages in a frame', async () => {
    for (const [where, origin = ''] of places()) {
      const context = await asAnn();
      const page = await context.newPage();
      body = `<iframe src="${site.url}/"></iframe><iframe sandbox src="${site.url}/settings"></iframe><object data="${site.url}/held"></object>`;
      await page.goto(origin, { waitUntil: 'load' });
      const framed = page.frames().filter((frame) => frame !== page.mainFrame());
      for (const frame of framed) expect(frame.url(), where).not.toMatch(new RegExp(`^${site.url}`));
      await context.close();
    }
  }, 60_000);

  it('is told by no header that it may', async () => {
    for (const path of ['/', '/v1/people', '/healthz', '/nowhere'])
      for (const origin of ['null', 'http://evil.example', site.url, 'http://127.0.0.1']) {
        for (const method of ['GET', 'OPTIONS']) {
          const { headers } = await site.visit(path, {
            method,
            headers: { origin, 'access-control-request-method': 'POST', cookie: ann.cookie },
          });
          const told = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
          expect(told, `${method} ${path} for ${origin}`).toEqual([]);
        }
      }
  });
});

describe('over https', () => {
  it('every page and every answer carries the headers', async () => {
    const secure = await startConsole({
      publicUrl: 'https://riposte.example',
      secureCookies: true,
      db: corridor.database,
    });
    const open = [
      '/sign-in',
      '/sign-in/none',
      '/signed-out',
      '/codes/auth/required',
      '/nowhere',
      '/console.css',
      '/n/x',
    ];
    const ours = pages.filter(({ method }) => method === 'get').map(({ path }) => path.replace(/:\w+/g, 'x'));
    const answers = allRoutes.map(({ path }) => path.replace(/\{[^{}]+\}/g, 'x'));
    for (const path of [...open, ...ours, ...answers]) {
      const { headers } = await secure.visit(path, { headers: { accept: 'text/html' } });
      const said = (name: string) => headers.get(name) ?? '';
      const policy = said('content-security-policy');
      for (const part of [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ])
        expect(policy, path).toContain(part);
      // Files of ours only, and no markup out of text, by trusted types.
      if (policy.includes('script-src')) expect(policy, path).toContain("require-trusted-types-for 'script'");
      expect(policy, path).not.toMatch(/unsafe|\*|data:|https?:/);
      expect(
        Number(/max-age=(\d+)/.exec(said('strict-transport-security'))?.[1]),
        path,
      ).toBeGreaterThanOrEqual(31_536_000);
      expect(said('x-content-type-options'), path).toBe('nosniff');
      expect(said('cross-origin-opener-policy'), path).toBe('same-origin');
      expect(said('cross-origin-resource-policy'), path).toBe('same-origin');
      expect(said('referrer-policy'), path).toBe('no-referrer');
      expect(said('x-frame-options').toUpperCase(), path).toBe('DENY');
      if (path !== '/console.css') expect(said('cache-control'), path).toContain('no-store');
      expect(headers.get('x-powered-by'), path).toBeNull();
      expect(headers.get('server'), path).toBeNull();
    }
  });

  it('the cookie of a session belongs to this host alone, and no script and no other site has it', async () => {
    const secure = await startConsole({
      publicUrl: 'https://riposte.example',
      secureCookies: true,
      db: corridor.database,
    });
    const { secret } = await secure.link('Cy', ['viewer']);
    const entered = await secure.visit(`/sign-in/${secret}`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    const [cookie = ''] = entered.headers.getSetCookie().filter((each) => each.includes('riposte='));
    expect(cookie).toMatch(/^__Host-riposte=[\w-]{22,}; /);
    for (const part of ['Secure', 'HttpOnly', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(part);
    expect(cookie).not.toMatch(/domain=/i);
  });
});

describe('a change', () => {
  it('is never made by a GET or a HEAD, whoever is signed in', async () => {
    const before = await site.traces();
    const paths = [
      ...pages.map(({ path }) => path.replace(/:\w+/g, 'x')),
      ...allRoutes.map(({ path }) => path.replace(/\{[^{}]+\}/g, 'x')),
    ];
    for (const path of paths)
      for (const method of ['GET', 'HEAD']) {
        const { status } = await site.visit(
          `${path}?decision=approve&confirmed=yes&csrf=${await csrfOnce()}`,
          {
            method,
            headers: { cookie: ann.cookie, 'sec-fetch-site': 'same-origin' },
          },
        );
        expect(status, `${method} ${path}`).toBeLessThan(500);
      }
    expect(site.useCases.calls).toEqual([]);
    // That somebody asks for what is not there is an entry, and all that there is.
    const butEntries = (traces: string) => traces.split(' ').slice(1);
    expect(butEntries(await site.traces())).toEqual(butEntries(before));
  }, 60_000);
});

let token: string | null = null;
async function csrfOnce(): Promise<string> {
  token ??= await ann.csrf();
  return token;
}
