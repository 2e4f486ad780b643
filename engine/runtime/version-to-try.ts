import type { Code } from '../../schemas/codes.ts';
import type { Version } from '../core/backtest/play-version.ts';
import { type CompileOptions, compilePlaybook } from '../core/compile/compile-playbook.ts';
import type { Plan, PlanDigest } from '../core/contracts/plan.ts';
import type { Diagnostic } from '../core/diagnostics/diagnostic.ts';
import { calledPlans } from './called-plans.ts';
import type { EngineParts } from './engine-parts.ts';
import { readCallables } from './store/queries/read-callables.ts';
import type { Sql } from './store/sql.ts';

/* The versions of a playbook that are tried out: the one in force, and a text that nobody has published. */

export interface SourceText {
  source: string;
  /** As diagnostics name it. */
  file: string;
}

export type ToTry =
  | { ok: true; version: Version }
  | { ok: false; code: Code; detail: string; diagnostics: Diagnostic[] };

export async function compileToTry(
  parts: EngineParts,
  sql: Sql,
  registry: CompileOptions['registry'],
  playbookId: string,
  { source, file }: SourceText,
): Promise<ToTry> {
  const compiled = compilePlaybook(source, {
    file,
    registry,
    connections: new Map(Object.entries(parts.connections)),
    playbooks: await readCallables(sql, parts.tenant, source),
  });
  const { diagnostics } = compiled;
  if (!compiled.ok)
    return { ok: false, code: 'request/invalid', detail: 'the playbook has errors', diagnostics };
  const { plan, digest } = compiled;
  if (plan.playbook.id !== playbookId) {
    const detail = `the text is playbook "${plan.playbook.id}", not "${playbookId}"`;
    return { ok: false, code: 'request/conflict', detail, diagnostics };
  }
  return { ok: true, version: await withChildren(parts, plan, digest) };
}

const inForce = `
select v.digest from playbooks p
join playbook_versions v on v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version
where p.tenant_id = $1 and p.id = $2`;

/** Whether it is switched on or not; null when there is none. */
export async function versionInForce(
  parts: EngineParts,
  sql: Sql,
  playbookId: string,
): Promise<Version | null> {
  const { rows } = await sql.query<{ digest: PlanDigest }>(inForce, [parts.tenant, playbookId]);
  const [row] = rows;
  if (row === undefined) return null;
  const { plan } = await parts.loadPlan(row.digest);
  return withChildren(parts, plan, row.digest);
}

async function withChildren(parts: EngineParts, plan: Plan, digest: PlanDigest): Promise<Version> {
  const called = await calledPlans(parts, plan);
  const children = Object.fromEntries(Object.entries(called).map(([id, child]) => [id, child.plan]));
  return { loaded: { plan, digest }, children };
}
