import type { RenderedAction } from '../contracts/command.ts';
import type { RunContext } from './context.ts';
import { openFacts } from './known-facts.ts';

/** Null when nobody has told one, or it is hidden. A directory may hold blanks for it: that is no name, and nothing that a person could type. */
export function nameOfTarget({ facts }: RunContext, target: RenderedAction['target']): string | null {
  if (target === null) return null;
  const { name } = openFacts(facts[`${target.kind}:${target.id}`] ?? {});
  return typeof name === 'string' && name.trim() !== '' ? name : null;
}
