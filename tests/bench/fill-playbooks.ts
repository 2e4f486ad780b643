import type { Database } from '../../engine/runtime/store/database.ts';
import { defaultTenant } from '../../schemas/ids.ts';

/*
 * An installation with so many playbooks in a moment: one that the engine published is copied by the database.
 * Each copy has a category of its own and a plan of its own, so that nothing is kept for two of them at once.
 */

/** What every alert of the part about few candidates meets: these look and start nothing. */
export const lookers = ['bench-looks-1', 'bench-looks-2', 'bench-looks-3', 'bench-looks-4'];

/** A playbook that is tried for every alert of a category and never starts. */
export function lookingPlaybook(id: string, category: string): string {
  return `kind: playbook/v1
id: ${id}
title: Looks and starts nothing
description: What an alert costs that somebody has to look at.
status: stable
version: 1.0.0
author: Benchmark
mode: enforce
triggers:
  - id: alert
    type: alert.created
    match: alert.category == "${category}" && alert.title.startsWith("Nothing of this title")
inputs:
  ticket:
    type: string
    from: { alert: "\${{ alert.source_id }}" }
steps:
  - id: one
    action: bench.no-op
    with: { ticket: "\${{ inputs.ticket }}", step: 1 }
`;
}

export const noise = 'bench-noise';

/** Published one by one: they look, two of each kind, one starts steps, and one is what the copies are made of. */
const published = 2 * lookers.length + 2;

/** The categories of the copies that are switched on. */
export function noiseCategories(playbooks: number): string[] {
  return Array.from({ length: playbooks - published }, (_, at) => `${noise}-${at + 1}`);
}

/**
 * So many playbooks in all that are switched on, and as many again that are switched off, as after years.
 * @returns the routing file: an entry for every playbook there is
 */
export async function fillPlaybooks(owner: Database, playbooks: number): Promise<string> {
  const copy = (table: string, key: string, columns: { [name: string]: string }) => {
    const changed = Object.entries({ [key]: `'${noise}-' || n`, ...columns });
    return owner.query(
      `insert into ${table}
       select (jsonb_populate_record(t, jsonb_build_object(${changed.map(([name, value]) => `'${name}', ${value}`).join(', ')}))).*
       from ${table} t, generate_series(1, $2::int) as n where t.tenant_id = $1 and t.${key} = '${noise}'`,
      [defaultTenant, 2 * playbooks - published],
    );
  };
  await copy('playbook_versions', 'playbook_id', {
    digest: `t.digest || '-' || n`,
    plan: `replace(t.plan::text, '${noise}', '${noise}-' || n)::jsonb`,
  });
  await copy('playbooks', 'id', { enabled: `n <= ${playbooks - published}` });
  await copy('triggers_index', 'playbook_id', { need_value: `'${noise}-' || n` });
  await owner.query(
    `insert into stops (tenant_id, scope, subject) select tenant_id, 'playbook', id from playbooks on conflict do nothing`,
  );
  await owner.query('vacuum analyze playbooks, playbook_versions, triggers_index, stops');
  const { rows } = await owner.query<{ id: string }>(
    'select id from playbooks where tenant_id = $1 order by id',
    [defaultTenant],
  );
  const entries = rows.map(
    ({ id }, at) => `  - { id: ${id}, order: ${at % 7}, match: alert.severity == "high" }\n`,
  );
  return `kind: routing/v1\nplaybooks:\n${entries.join('')}`;
}
