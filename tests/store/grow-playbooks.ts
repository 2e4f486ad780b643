import type { Sql } from '../../engine/runtime/store/sql.ts';

/** Copies of a published playbook under other ids, with what publishing writes for each. */
export async function growPlaybooks(owner: Sql, of: string, count: number): Promise<void> {
  const copy = (table: string, key: string, more = '') =>
    owner.query(
      `insert into ${table}
       select (jsonb_populate_record(t, jsonb_build_object('${key}', t.${key} || '-' || lpad(n::text, 5, '0')${more}))).*
       from ${table} t, generate_series(1, $2) as n where t.${key} = $1`,
      [of, count],
    );
  await copy('playbook_versions', 'playbook_id', `, 'title', t.title || ' ' || n`);
  await copy('playbooks', 'id', `, 'enabled', n % 10 <> 0`);
  await owner.query(
    `insert into stops (tenant_id, scope, subject) select tenant_id, 'playbook', id from playbooks on conflict do nothing`,
  );
  await owner.query('analyze playbooks, playbook_versions, stops');
}
