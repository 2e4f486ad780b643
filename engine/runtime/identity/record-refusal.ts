import type { Code } from '../../../schemas/codes.ts';
import type { ApprovalId } from '../../../schemas/ids.ts';
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
    approvalId?: string;
    /** Of an identity provider: its word for an account. */
    subject?: string;
  },
): Promise<void> {
  const { type, code, permission, address, approvalId, subject } = refusal;
  return context.database.transaction((tx) =>
    writeEntry(tx, context, door, {
      type,
      outcome: 'denied',
      code,
      ...(approvalId !== undefined && { approvalId: approvalId as ApprovalId }),
      data: {
        ...(permission !== undefined && { permission }),
        ...(address !== undefined && { address }),
        ...(subject !== undefined && { subject }),
      },
    }),
  );
}
