import { type Diagnostic, toDiagnostic } from '../diagnostics/diagnostic.ts';
import type { Suggestion } from '../diagnostics/fix.ts';
import { indexLines } from '../diagnostics/position.ts';
import { keyAt, type PlaybookSource, scalarField } from './source-node.ts';

/**
 * Said by whoever knows what is published: this version number already stands for another content.
 *
 * @param published the version that has it
 */
export function versionNotRaised(source: PlaybookSource, published: string): Diagnostic {
  const written = scalarField(source.root, 'version');
  const problem = {
    code: 'compile/version-not-raised' as const,
    at: written?.at ?? keyAt(source.root, 'id'),
    path: '/version',
    message: `version ${published} is published with another content`,
    help: `raise "version"`,
    ...(written && raised(published, written.at)),
  };
  return toDiagnostic(problem, source.file, indexLines(source.text));
}

/** The smallest step: whether it is a larger one, only the author knows. */
function raised(published: string, at: { start: number; end: number }): Suggestion {
  const [, majorAndMinor, patch] = /^(\d+\.\d+\.)(\d+)/.exec(published) ?? [];
  if (majorAndMinor === undefined || patch === undefined) return {};
  const next = `${majorAndMinor}${BigInt(patch) + 1n}`;
  return {
    help: `raise "version", at least to ${next}`,
    fix: { title: `write ${next}`, edits: [{ at, text: next }] },
  };
}
