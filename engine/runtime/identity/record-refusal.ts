import type { Code } from '../../../schemas/codes.ts';
import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';

/** Refused attempts leave an entry too: who, what they asked for, and why not. */
export function recordRefusal(
  context: IdentityContext,
  door: Door,
  refusal: {
    type: 'auth.failed' | 'auth.refused';
    code: Code;
    permission?: string;
    address?: string;
  },
): Promise<void> {
  const { type, code, permission, address } = refusal;
  return context.database.transaction((tx) =>
    writeEntry(tx, context, door, {
      type,
      outcome: 'denied',
      code,
      data: {
        ...(permission !== undefined && { permission }),
        ...(address !== undefined && { address }),
      },
    }),
  );
}
