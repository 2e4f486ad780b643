import { Problem } from './problem.ts';

/**
 * What somebody says they saw before they answered: `If-Match` with the card's ETag, or `digest` in the body. `*`
 * and weak tags say nothing about what was seen.
 *
 * @throws Problem `missing` when neither is there, request/invalid when they differ
 */
export function seenDigest(
  ifMatch: string | undefined,
  sent: string | undefined,
  missing:
    | 'approval/precondition-required'
    | 'task/precondition-required'
    | 'request/precondition-required' = 'approval/precondition-required',
): string {
  const tag = ifMatch === undefined ? undefined : /^\s*"([^"]+)"\s*$/.exec(ifMatch)?.[1];
  if (ifMatch !== undefined && tag === undefined) {
    throw new Problem(missing, 'If-Match takes the one strong ETag of what is answered.');
  }
  const digest = tag ?? sent;
  if (digest === undefined) throw new Problem(missing);
  if (tag !== undefined && sent !== undefined && tag !== sent) {
    throw new Problem('request/invalid', 'If-Match and digest name different things.');
  }
  return digest;
}
