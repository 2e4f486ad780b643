import { Problem } from './problem.ts';

/**
 * The version that the caller says they saw: `If-Match` with the ETag of what they read. `*` and weak
 * tags say nothing about what was seen.
 *
 * @throws Problem request/precondition-required when it is missing or no such tag
 */
export function seenVersion(ifMatch: string | undefined): number {
  const tag = ifMatch === undefined ? undefined : /^\s*"(\d{1,9})"\s*$/.exec(ifMatch)?.[1];
  if (tag === undefined)
    throw new Problem('request/precondition-required', 'Send If-Match with the ETag of what you read.');
  return Number(tag);
}

export function versionTag(version: number): { ETag: string } {
  return { ETag: `"${version}"` };
}
