import type { LetIn } from '../../engine/runtime/identity/still-them.ts';
import type { Caller } from './use-cases.ts';

/** What an order of theirs rests on; null for whoever was let in by nothing that we could end. */
export function letInOf({ sessionHash, tokenId, untilMs, personId, roles, groups }: Caller): LetIn | null {
  const rights = { personId, roles, groups };
  if (sessionHash !== undefined) return { by: { kind: 'session', hash: sessionHash }, ...rights };
  if (untilMs !== undefined) return { by: { kind: 'workload', untilMs }, ...rights };
  return tokenId === undefined ? null : { by: { kind: 'token', id: tokenId }, ...rights };
}
