import { expect, test } from 'vitest';
import { type ConsoleRoute, routes } from '../../api/console/routes.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { seedEveryPage } from './every-page.ts';
import { startConsole } from './start-console.ts';

/*
 * Every link of every page is followed as a person does, as a scanner does (HEAD) and as a browser that is ahead of its
 * person does (prefetch): no row of any table is another one afterwards.
 */

const site = await startConsole();
const seeded = await seedEveryPage(site.db);
const held = await seedWaitingRun(site.db.owner);
await site.db.owner.query(
  `update approvals set held_by = 'guardrails:hosts', held_reason = 'A wave' where id = $1`,
  [held.approvalId],
);
const ended = await seedWaitingRun(site.db.owner);
await site.db.owner.query(`update runs set state = 'failed' where id = $1`, [ended.runId]);
await site.db.owner.query(
  `update steps set status = 'failed', phase = null where run_id = $1 and path = 'run/isolate'`,
  [ended.runId],
);
const kim = await site.signIn('Kim', ['admin', 'break-glass'], ['soc-tier2']);
const unused = await site.link('Lin', ['viewer']);
const told = await site.links.linkTo({
  approvalId: seeded.approvalId,
  personId: kim.person.id,
  occasion: 'asked',
  expiresAtMs: Date.now() + 3_600_000,
  nowMs: Date.now(),
});

const ways: [string, { method?: string; headers?: { [name: string]: string } }][] = [
  ['GET', {}],
  ['HEAD', { method: 'HEAD' }],
  ['prefetch', { headers: { 'sec-purpose': 'prefetch', purpose: 'prefetch' } }],
  ['prerender', { headers: { 'sec-purpose': 'prefetch;prerender', 'x-moz': 'prefetch' } }],
];

/** Of all rows of all tables. */
async function rows(): Promise<{ [table: string]: string }> {
  const { rows: tables } = await site.db.owner.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' order by 1`,
  );
  const one = tables.map(
    ({ name }) =>
      `select '${name}' as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as rows from ${name} t`,
  );
  const { rows: found } = await site.db.owner.query<{ name: string; rows: string }>(one.join(' union all '));
  return Object.fromEntries(found.map((each) => [each.name, each.rows]));
}

test('no link changes anything, and links lead to every page', async () => {
  const start = [...seeded.gets, `/sign-in/${unused.secret}`, new URL(told).pathname, ...seeded.open];
  const waiting = new Set(start);
  const linked = new Set<string>();
  const before = await rows();
  const calls = site.useCases.calls.length;
  // What is added on the way is walked too.
  for (const path of waiting) {
    for (const [way, { headers: more, ...init }] of ways) {
      const shown = await site.visit(path, { ...init, headers: { cookie: kim.cookie, ...more } });
      expect(shown.status, `${way} ${path}`).toBeLessThan(500);
      for (const [, link = ''] of shown.text.matchAll(/\s(?:href|src|data-look)="(\/[^"#]*)/g)) {
        linked.add(link.replaceAll('&amp;', '&'));
        waiting.add(link.replaceAll('&amp;', '&'));
      }
    }
    expect(await rows(), path).toEqual(before);
  }
  expect(site.useCases.calls.length).toBe(calls);
  const pages = routes.filter(({ method, answer }) => method === 'get' && !answer.name.startsWith('backTo'));
  const reached = ({ path }: ConsoleRoute) => {
    const address = new RegExp(`^${path.replaceAll(/:\w+/g, '[^/?]+')}($|\\?)`);
    return [...linked].some((link) => address.test(link));
  };
  // Items stand on a page of their own only when a loop has more of them than its run shows.
  expect(pages.filter((route) => !reached(route)).map(({ path }) => path)).toEqual(['/runs/:id/items']);
});

test('a row that changed is seen', async () => {
  const before = await rows();
  await kim.post('/sign-out');
  expect(await rows()).not.toEqual(before);
});
