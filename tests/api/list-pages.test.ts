import { beforeAll, describe, expect, test } from 'vitest';
import { allRoutes } from '../../api/routes/all-routes.ts';
import { isJsonObject, type Json } from '../../schemas/json.ts';
import { growPlaybooks } from '../store/grow-playbooks.ts';
import { seedPlaybook } from './seed.ts';
import { startApi } from './start-api.ts';

/* Whatever is a list has pages. */

const api = await startApi();
let token: string;

beforeAll(async () => {
  token = (await api.person('Ada', ['admin'])).token;
  for (const name of ['Bo', 'Cy', 'Żaneta', 'ада', '李 明 "x"']) await api.person(name, ['approver']);
  await seedPlaybook(api.db.owner);
  await growPlaybooks(api.db.owner, 'isolate-host', 6);
  await api.db.owner.query(
    `insert into outward_streams (tenant_id, id, kind, url, types, secret_name, created_by)
     select 'default', 'siem-' || n, 'webhook', 'https://siem.example', '{}', 'STREAM_SECRET_X', 'per_1'
     from generate_series(1, 5) n`,
  );
});

const isPage = (schema: Json | undefined): boolean =>
  isJsonObject(schema) &&
  isJsonObject(schema.properties) &&
  'next' in schema.properties &&
  'items' in schema.properties;

describe('every list of the document', () => {
  const lists = allRoutes.filter(({ method, answers }) => method === 'get' && isPage(answers[200]?.schema));
  test('there are some', () => {
    expect(lists.length).toBeGreaterThan(20);
  });
  test.each(lists.map(({ path, query }) => [path, query] as const))(
    '%s takes limit and cursor',
    (_path, query) => {
      expect(Object.keys(query ?? {})).toEqual(expect.arrayContaining(['limit', 'cursor']));
    },
  );
});

describe.each([
  ['/v1/playbooks', 'id', 7, 'q=host'],
  ['/v1/people', 'id', 6, 'active=true'],
  ['/v1/tokens', 'id', 6, null],
  ['/v1/stops', 'subject', 8, 'active=false'],
  ['/v1/settings/streams', 'id', 5, null],
])('%s', (path, key, count, filter) => {
  test('shows each once, page by page', async () => {
    const seen: string[] = [];
    let at: string | undefined = `${path}?limit=2${filter === null ? '' : `&${filter}`}`;
    while (at !== undefined) {
      const page: Awaited<ReturnType<typeof api.call>> = await api.call('GET', at, { token });
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map((item: { [name: string]: string }) => item[key]));
      at = /^<(.+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
      expect(at === undefined).toBe(page.body.next === null);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(count);
  });

  test('refuses a cursor that it did not make, and one of another filter', async () => {
    const { next } = (await api.call('GET', `${path}?limit=1`, { token })).body;
    const [version, question, ...keys] = JSON.parse(Buffer.from(next, 'base64url').toString());
    const forge = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const other = path === '/v1/people' ? '/v1/playbooks' : '/v1/people';
    for (const refused of [
      `${other}?cursor=${next}`,
      ...(filter === null ? [] : [`${path}?${filter}&cursor=${next}`]),
      `${path}?cursor=${forge(version, question, `${keys[0]}\0`, keys[1])}`,
      `${path}?cursor=${forge(version, question, keys[0], '\0')}`,
      `${path}?cursor=${forge(version, question, keys[0])}`,
      `${path}?cursor=${forge(version, question, 'x'.repeat(1_001), keys[1])}`,
      `${path}?cursor=abc`,
    ]) {
      const answer = await api.call('GET', refused, { token });
      expect(answer.body).toMatchObject({ status: 400, code: 'request/bad-cursor' });
    }
  });
});
