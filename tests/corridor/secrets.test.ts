import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { labClient } from '../../examples/lab/scenario.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';

let corridor: Corridor;
const said: string[] = [];
beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      said.push(String(chunk));
      return true;
    });
  }
  corridor = await openCorridor();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await corridor.close();
});

/** Every access token of the lab begins so: `lab.` and the base64url form of `{"tenantId"`. */
const tokenBeginning = `lab.${Buffer.from('{"tenantId":').toString('base64url')}`;

const canaries = [
  labClient.secret,
  Buffer.from(labClient.secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(labClient.secret).toString('hex'),
  tokenBeginning,
];

/** Which columns of the whole database hold one of these texts, as text or as bytes. */
async function columnsWith(texts: readonly string[]): Promise<string[]> {
  const { owner } = corridor.database;
  const { rows } = await owner.query<{
    place: string;
    schema: string;
    table: string;
    column: string;
    type: string;
  }>(
    `select n.nspname as schema, c.relname as table, a.attname as column, t.typname as type
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_type t on t.oid = a.atttypid
     where c.relkind in ('r', 'p', 'm') and a.attnum > 0 and not a.attisdropped
       and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
       and t.typname in ('text', '_text', 'varchar', 'json', 'jsonb', 'bytea', 'name')`,
  );
  const found: string[] = [];
  for (const { schema, table, column, type } of rows) {
    const value = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
    const hits = await owner.query<{ hits: number }>(
      `select count(*) as hits from "${schema}"."${table}" where exists
         (select 1 from unnest($1::text[]) as canary where position(canary in ${value}) > 0)`,
      [texts],
    );
    if (Number(hits.rows[0]?.hits) > 0) found.push(`${table}.${column}`);
  }
  expect(rows.length).toBeGreaterThan(100);
  return found;
}

it('no table and no log line holds a secret or a token, also when a vendor fails', async () => {
  for (const kind of ['fail-before', 'apply-then-drop', 'expire-token'] as const)
    corridor.lab.estate.addFault({
      method: 'POST',
      path: '/mde/api/machines/*/isolate',
      does: kind === 'fail-before' ? { kind, status: 503 } : { kind },
    });
  for (const file of ['01-ransomware-on-workstations', '04-phishing-in-mailboxes', '05-stolen-session'])
    await corridor.send(`${file}.json`);
  await corridor.rest();
  const settled = (await corridor.runs()).filter((run) => ['succeeded', 'waiting'].includes(run.state));
  expect(settled.length).toBeGreaterThanOrEqual(6);
  expect(corridor.lab.estate.calls().some((call) => call.client !== null)).toBe(true);
  expect(await columnsWith(canaries)).toEqual([]);
  const logged = said.join('');
  for (const canary of canaries) expect(logged).not.toContain(canary);
});

it('the search would have found one: what is known to be stored is found, in texts and in bytes', async () => {
  const found = await columnsWith(['compromised-user-contain']);
  expect(found).toContain('runs.playbook_id');
  expect(found).toContain('playbook_versions.source');
  expect(found).toContain('audit_pack.entries');
});
