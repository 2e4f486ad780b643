import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRegistry } from '../../../actions/registry.ts';
import type { CasesText } from '../../../engine/core/cases/play-published.ts';
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
  const kept: string[] = [];
  for (const { id, file, source } of await readShipped()) {
    if (theirs.has(id)) {
      kept.push(id);
      continue;
    }
    // Nobody waits at a first start for cases to be played, unless they are demanded.
    const cases = started.config.requireCases === null ? null : await casesOf(file);
    const input = { id, source, file, ...(cases !== null && { cases }) };
    const published = await started.riposte.useCases.publishPlaybook(caller, input);
    if (!published.ok) throw new Error(`${file}: ${published.detail}`);
  }
  return kept;
}

/** Once everything else is shown: it takes a second for each. */
export async function publishShippedCases(started: Started, caller: Caller): Promise<void> {
  const theirs = await publishedByOthers(started, caller);
  for (const { id, file, source } of await readShipped()) {
    const cases = theirs.has(id) ? null : await casesOf(file);
    if (cases === null) continue;
    const published = await started.riposte.useCases.publishPlaybook(caller, { id, source, file, cases });
    if (!published.ok)
      started.riposte.log.warn(
        { file, code: published.code },
        'the cases of a shipped playbook were not kept',
      );
  }
}

async function readShipped(): Promise<{ id: string; file: string; source: string }[]> {
  const names = (await readdir(shipped, { recursive: true })).filter(
    (name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'),
  );
  const files = await Promise.all(
    names.sort().map(async (name) => ({
      file: `playbooks/${name}`,
      text: await readFile(join(shipped, name), 'utf8'),
    })),
  );
  const compiled = compilePlaybooks(files, { registry: manifestsOf(createRegistry()) });
  return compiled.map(({ file, text, compilation }) => ({
    id: compilation.ok ? compilation.plan.playbook.id : '',
    file,
    source: text,
  }));
}

async function casesOf(file: string): Promise<CasesText | null> {
  const cases = await casesBeside(join(shipped, '..', file), join(shipped, '..'));
  return cases === null ? null : { ...cases, file: file.replace(/\.yaml$/, '.cases.yaml') };
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
