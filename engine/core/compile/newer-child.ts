import { type Diagnostic, toDiagnostic } from '../diagnostics/diagnostic.ts';
import { indexLines } from '../diagnostics/position.ts';
import { keyAt, type PlaybookSource, type SourceNode, type SourceScalar } from './source-node.ts';

/**
 * Said by whoever knows what is published: this playbook, as it is published, still calls an older
 * version of another one (language reference 9.14).
 */
export function newerChildren(source: PlaybookSource, outdated: readonly string[]): Diagnostic[] {
  const lines = indexLines(source.text);
  return outdated.map((child) => {
    const call = findCall(source.root, child);
    const problem = {
      code: 'compile/newer-child' as const,
      at: call?.at ?? keyAt(source.root, 'id'),
      path: call?.path ?? '/id',
      message: `as it is published, it calls an older version of "${child}" than the one that is published now`,
      help: 'publish this playbook again, under a higher version, once somebody has looked at the new one',
    };
    return toDiagnostic(problem, source.file, lines);
  });
}

function findCall(node: SourceNode, child: string): SourceScalar | null {
  if (node.kind === 'scalar') return null;
  if (node.kind === 'list') {
    for (const item of node.items) {
      const found = findCall(item, child);
      if (found !== null) return found;
    }
    return null;
  }
  for (const { key, value } of node.fields.values()) {
    if (key === 'call' && value.kind === 'scalar' && value.value === child) return value;
    const found = findCall(value, child);
    if (found !== null) return found;
  }
  return null;
}
