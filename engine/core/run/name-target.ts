import type { RenderedAction } from '../contracts/command.ts';
import type { RunContext } from './context.ts';

/** Null when nobody has told one. A directory may hold blanks for it: that is no name, and nothing that a person could type. */
export function nameOfTarget({ facts }: RunContext, target: RenderedAction['target']): string | null {
  if (target === null) return null;
  const name = facts[`${target.kind}:${target.id}`]?.name;
  return typeof name === 'string' && name.trim() !== '' ? name : null;
}
