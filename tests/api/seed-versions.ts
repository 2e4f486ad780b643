import { createHash } from 'node:crypto';
import type { Compilation } from '../../engine/core/compile/compile-playbook.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { compile } from '../compile/compile.ts';

export interface SeededVersion {
  source: string;
  digest: string;
}

/** Versions of the playbook `under-test` from 1 on, as publishing them one after the other leaves them. */
export async function seedVersions(sql: Sql, sources: readonly string[]): Promise<SeededVersion[]> {
  const seeded: SeededVersion[] = [];
  for (const [index, source] of sources.entries()) {
    const compiled = compile(source);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
    const { digest } = compiled;
    await insertVersion(sql, index + 1, source, compiled);
    seeded.push({ source, digest });
  }
  await makeCurrent(sql, 'under-test', sources.length);
  return seeded;
}

export async function insertVersion(
  sql: Sql,
  version: number,
  source: string,
  { plan, digest }: Pick<Extract<Compilation, { ok: true }>, 'plan' | 'digest'>,
): Promise<void> {
  await sql.query(
    `insert into playbook_versions (tenant_id, playbook_id, version, semver, title, source, source_sha256, plan, digest,
       compiler_version, published_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'start')`,
    [
      defaultTenant,
      plan.playbook.id,
      version,
      plan.playbook.version,
      plan.playbook.title,
      source,
      createHash('sha256').update(source).digest('hex'),
      JSON.stringify(plan),
      digest,
      plan.compilerVersion,
    ],
  );
}

export async function makeCurrent(sql: Sql, playbook: string, version: number): Promise<void> {
  await sql.query('insert into playbooks (tenant_id, id, current_version) values ($1, $2, $3)', [
    defaultTenant,
    playbook,
    version,
  ]);
}

/** As if it had been compiled before an upgrade: its plan has fields that nothing here knows. */
export async function compiledBefore(sql: Sql, version: number): Promise<void> {
  await sql.query(
    `update playbook_versions set compiler_version = 1, plan = '{"compilerVersion":1,"nodes":{}}'
     where playbook_id = 'under-test' and version = $1`,
    [version],
  );
}
