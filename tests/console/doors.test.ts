import { describe, expect, test } from 'vitest';
import { codes } from '../../schemas/codes.ts';
import { seedEveryPage } from './every-page.ts';
import { startConsole } from './start-console.ts';

const site = await startConsole();
const seeded = await seedEveryPage(site.db);
const { gets, posts } = seeded;
const admin = await site.signIn('Ann', ['admin'], ['soc-tier2']);

describe('headers', () => {
  test.each([...gets, '/sign-in', '/sign-in/none', '/nothing-here', '/codes/compile/unknown-step'])(
    '%s carries the strict policy',
    async (path) => {
      const { headers, text } = await admin.get(path);
      const plain =
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
      const forMembers = text.includes('<header class="frame">');
      expect(headers.get('content-security-policy')).toBe(
        forMembers
          ? `${plain}; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`
          : plain,
      );
      const scripts = text.match(/<script.*?<\/script>/g) ?? [];
      expect(scripts.length > 0).toBe(forMembers);
      for (const script of scripts)
        expect(script).toMatch(
          /^<script type="module" src="\/scripts\/[0-9a-f]{12}\/[a-z-]+\.js"><\/script>$/,
        );
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
    },
  );

  test('the one stylesheet is small, and every page names it by its content', async () => {
    const href = /<link rel="stylesheet" href="([^"]+)"/.exec((await admin.get('/')).text)?.[1] ?? '';
    const css = await site.visit(href);
    expect(css.status).toBe(200);
    expect(css.headers.get('content-type')).toContain('text/css');
    expect(css.text.length).toBeLessThan(24_000);
  });

  test('the card is small enough for a phone', async () => {
    const { text } = await admin.get(`/a/${seeded.approvalId}`);
    expect(Buffer.byteLength(text)).toBeLessThan(30_000);
  });
});

describe('the page of a code', () => {
  test('is where the type of a problem leads, for everybody', async () => {
    const refused = await site.visit('/v1/runs', { headers: { accept: 'application/json' } });
    const { type } = JSON.parse(refused.text);
    const page = await site.visit(type);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`<h1>${codes['auth/required'].summary}</h1>`);
    const rule = await site.visit('/codes/compile/unknown-step');
    expect(rule.text).toMatch(/Avoid.*<pre.*Prefer.*<pre.*What to do/s);
  });

  test('is not found for what is no code', async () => {
    for (const path of ['/codes/compile/nothing', '/codes/..%2f..%2fapi/x', '/codes/compile/constructor'])
      expect((await site.visit(path, { headers: { accept: 'text/html' } })).status).toBe(404);
  });
});

describe('without a session', () => {
  test.each(gets)('GET %s asks to sign in and shows nothing', async (path) => {
    const shown = await site.visit(path);
    expect(shown.status).toBe(401);
    expect(shown.text).not.toContain('DB-1');
  });
  test.each(posts)('POST %s does nothing', async (path) => {
    const before = await site.traces();
    const shown = await site.visit(path, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } });
    expect(shown.status).toBe(401);
    expect(await site.traces()).toBe(before);
  });
});

describe('reading', () => {
  test.each(gets)('GET and HEAD %s change nothing', async (path) => {
    const before = await site.traces();
    const { status } = await admin.get(path);
    expect([200, 303]).toContain(status);
    const head = await site.visit(path, { method: 'HEAD', headers: { cookie: admin.cookie } });
    expect(head.status).toBe(status);
    expect(await site.traces()).toBe(before);
  });
});

describe('forms of somebody else', () => {
  const fields = { decision: 'deny', digest: seeded.digest, comment: 'no' };
  test.each([...posts, '/sign-out'])('%s without the token is refused and nothing happens', async (path) => {
    const before = await site.traces();
    const shown = await admin.post(path, { ...fields, csrf: '' });
    expect(shown.status).toBe(403);
    expect(await site.traces()).toBe(before);
  });
  test.each(posts)("%s with another session's token is refused", async (path) => {
    const other = await site.signIn(`Eve ${path}`, ['admin']);
    const csrf = await other.csrf();
    const before = await site.traces();
    expect((await admin.post(path, { ...fields, csrf })).status).toBe(403);
    expect(await site.traces()).toBe(before);
  });
  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbouring host', { 'sec-fetch-site': 'same-site' }],
    ['nowhere', { 'sec-fetch-site': '', origin: 'null' }],
    ['another origin', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
  ])('the right token from %s is refused', async (_from, headers) => {
    const before = await site.traces();
    const shown = await admin.post(`/a/${seeded.approvalId}/decisions`, fields, headers);
    expect(shown.status).toBe(403);
    expect(await site.traces()).toBe(before);
  });
  test('a field that comes twice is not a field', async () => {
    const csrf = await admin.csrf();
    const shown = await site.visit('/audit/verify', {
      method: 'POST',
      headers: {
        cookie: admin.cookie,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: `csrf=${csrf}&csrf=${csrf}`,
    });
    expect(shown.status).toBe(403);
  });
});

describe('rights', () => {
  test('every page names its right, and a viewer sees values masked', async () => {
    const viewer = await site.signIn('Vic', ['viewer']);
    const card = await viewer.get(`/a/${seeded.approvalId}`);
    expect(card.status).toBe(200);
    expect(card.text).not.toContain('secret words');
    expect(card.text).toContain('You cannot decide: This needs the role');
    // Without the form token, whose random letters may be a name.
    const run = (await viewer.get(`/runs/${seeded.runId}`)).text.replaceAll(/name="csrf" value="[^"]*"/g, '');
    expect(run).not.toContain('ann');
    expect((await viewer.get('/audit')).status).toBe(403);
  });
  test('a person without any role sees no page and leaves an entry', async () => {
    const nobody = await site.signIn('Nob', []);
    for (const path of gets) expect([path, (await nobody.get(path)).status]).toEqual([path, 403]);
    const { rows } = await site.db.owner.query<{ n: number }>(
      `select count(*)::int as n from audit_pending where convert_from(entry, 'utf8') like '%auth.refused%' and convert_from(entry, 'utf8') like $1`,
      [`%${nobody.person.id}%`],
    );
    expect(rows[0]?.n).toBeGreaterThan(0);
  });
  test('who may read only their own entries does not see those of others', async () => {
    const analyst = await site.signIn('Ada', ['analyst']);
    expect((await analyst.get('/audit')).text).toContain('only your own entries');
    expect((await analyst.get('/audit/0')).status).toBe(404);
    expect((await admin.get('/audit')).text).toContain('href="/audit/verify"');
    expect((await analyst.get('/audit')).text).not.toContain('/audit/verify');
    const refused = await analyst.get('/audit/verify');
    expect(refused.status).toBe(403);
    expect(refused.text).not.toContain('data-verify');
    expect((await analyst.post('/audit/verify')).status).toBe(403);
    expect(site.useCases.calls.filter(({ name }) => name === 'verifyAudit')).toEqual([]);
  });
  test('a role that is taken away counts from the next request on', async () => {
    const bo = await site.signIn('Bo', ['viewer']);
    expect((await bo.get('/runs')).status).toBe(200);
    await site.db.owner.query(`update people set roles = '{}' where id = $1`, [bo.person.id]);
    expect((await bo.get('/runs')).status).toBe(403);
  });
});

describe('what does not exist', () => {
  test.each([
    '/runs/run_none',
    '/a/apr_none',
    '/alerts/x',
    '/playbooks/x',
    '/audit/99',
    '/audit/x',
    '/none',
    '/runs/',
    '/Runs',
    '/runs/a%00b',
  ])('%s is a page that says so', async (path) => {
    const shown = await admin.get(path, { accept: 'text/html' });
    expect(shown.status).toBe(404);
    expect(shown.headers.get('content-type')).toContain('text/html');
  });
  test('a client that wants JSON gets JSON', async () => {
    const shown = await site.visit('/none', { headers: { accept: 'application/json' } });
    expect(shown.status).toBe(404);
    expect(shown.headers.get('content-type')).toContain('application/problem+json');
  });
  test.each([
    '/runs?cursor=zzz',
    '/runs?status=%00',
    '/alerts?q=%00',
    '/audit?run=a%00',
    '/runs?playbook[]=x',
  ])('%s is answered without an internal error', async (path) =>
    expect([200, 400]).toContain((await admin.get(path)).status),
  );
});
