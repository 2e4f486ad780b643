import type { CompiledFile } from '../../engine/core/compile/compile-playbooks.ts';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { pages } from './pages.ts';
import type { Settings } from './settings.ts';

/** What only the server knows about these playbooks: whether they call older versions of others there. */
export async function newerChildrenOf(
  files: readonly CompiledFile[],
  settings: Settings,
): Promise<Diagnostic[]> {
  const { newerChildren } = await import('../../engine/core/compile/newer-child.ts');
  const outdated = new Map<string, string[]>();
  for await (const { id, outdatedCalls } of pages(settings, '/v1/playbooks?limit=200'))
    if (Array.isArray(outdatedCalls)) outdated.set(String(id), outdatedCalls.map(String));
  return files.flatMap(({ compilation }) =>
    compilation.ok ? newerChildren(compilation.source, outdated.get(compilation.plan.playbook.id) ?? []) : [],
  );
}
