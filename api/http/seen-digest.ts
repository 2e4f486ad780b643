import { Problem } from './problem.ts';

/**
 * What the decider says they saw: `If-Match` with the card's ETag, or `digest` in the body. `*`
 * and weak tags say nothing about what was seen.
 *
 * @throws Problem approval/precondition-required when neither is there, request/invalid when they differ
 */
export function seenDigest(ifMatch: string | undefined, sent: string | undefined): string {
  const tag = ifMatch === undefined ? undefined : /^\s*"([^"]+)"\s*$/.exec(ifMatch)?.[1];
  if (ifMatch !== undefined && tag === undefined) {
    throw new Problem(
      'approval/precondition-required',
      'If-Match takes the one strong ETag of the approval.',
    );
  }
  const digest = tag ?? sent;
  if (digest === undefined) throw new Problem('approval/precondition-required');
  if (tag !== undefined && sent !== undefined && tag !== sent) {
    throw new Problem('request/invalid', 'If-Match and digest name different things.');
  }
  return digest;
}
