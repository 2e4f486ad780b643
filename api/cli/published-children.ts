import type { CompiledFile } from '../../engine/core/compile/compile-playbooks.ts';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { callServer } from './call-server.ts';
import { itemsOf } from './print.ts';
import type { Settings } from './settings.ts';

/** What only the server knows about these playbooks: whether they call older versions of others there. */
export async function newerChildrenOf(
  files: readonly CompiledFile[],
  settings: Settings,
): Promise<Diagnostic[]> {
  const [{ newerChildren }, answer] = await Promise.all([
    import('../../engine/core/compile/newer-child.ts'),
    callServer(settings, '/v1/playbooks'),
  ]);
  const outdated = new Map(
    itemsOf(answer).map(({ id, outdatedCalls }) => [
      String(id),
      Array.isArray(outdatedCalls) ? outdatedCalls.map(String) : [],
    ]),
  );
  return files.flatMap(({ compilation }) =>
    compilation.ok ? newerChildren(compilation.source, outdated.get(compilation.plan.playbook.id) ?? []) : [],
  );
}
