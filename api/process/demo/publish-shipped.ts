import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRegistry } from '../../../actions/registry.ts';
import { compilePlaybooks } from '../../../engine/core/compile/compile-playbooks.ts';
import { manifestsOf } from '../../../engine/core/compile/manifests-of.ts';
import { defaultTenant } from '../../../schemas/ids.ts';
import type { Caller } from '../../http/use-cases.ts';
import { casesBeside } from '../cases-beside.ts';
import type { Started } from '../started.ts';

const shipped = join(import.meta.dirname, '../../../playbooks');

/**
 * In the order in which they call each other. Of one that somebody else has published since theirs stays, which may ask
 * where ours does not: a start is nobody's decision. Returns the ids of those.
 */
export async function publishShipped(started: Started, caller: Caller): Promise<string[]> {
  const theirs = await publishedByOthers(started, caller);
  const names = (await readdir(shipped, { recursive: true })).filter(
    (name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'),
  );
  const files = await Promise.all(
    names.sort().map(async (name) => ({
      file: `playbooks/${name}`,
      text: await readFile(join(shipped, name), 'utf8'),
    })),
  );
  const kept: string[] = [];
  for (const { file, text, compilation } of compilePlaybooks(files, {
    registry: manifestsOf(createRegistry()),
  })) {
    const id = compilation.ok ? compilation.plan.playbook.id : '';
    if (theirs.has(id)) {
      kept.push(id);
      continue;
    }
    const cases = await casesBeside(join(shipped, '..', file), join(shipped, '..'));
    const published = await started.riposte.useCases.publishPlaybook(caller, {
      ...{ id, source: text, file },
      ...(cases !== null && { cases: { ...cases, file: file.replace(/\.yaml$/, '.cases.yaml') } }),
    });
    if (!published.ok) throw new Error(`${file}: ${published.detail}`);
  }
  return kept;
}

async function publishedByOthers({ riposte: { database } }: Started, { id }: Caller): Promise<Set<string>> {
  const { rows } = await database.query<{ id: string }>(
    `select p.id from playbooks p
     join playbook_versions v on v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version
     where p.tenant_id = $1 and v.published_by <> $2`,
    [defaultTenant, id],
  );
  return new Set(rows.map((row) => row.id));
}
