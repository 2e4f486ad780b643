import { createHash } from 'node:crypto';
import type { ScopeGiven } from '../contracts/scope.ts';

/*
 * Paths of scopes and steps (language reference 9.2). Inside a body every path is the plan's; at the
 * edge of a decision it becomes the run's: `run/sweep/quarantine` in the plan is
 * `run/sweep[m1]/quarantine` in the item `m1`. Stored, and part of action keys: never changes.
 */

/** An item's key as a piece of a path: readable while it is plain, a digest when it is long. */
export function pathKey(key: string): string {
  const encoded = encodeURIComponent(key).replaceAll(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  if (encoded.length <= 96) return encoded;
  return `sha256-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

export function itemPath(loop: string, key: string): string {
  return `${loop}[${pathKey(key)}]`;
}

export function roundPath(repeat: string, round: number): string {
  return `${repeat}#${round}`;
}

/** `run/sweep/quarantine` → `run/sweep[m1]/quarantine`. */
export function toRuntimePath(scope: ScopeGiven, planPath: string): string {
  if (scope.path === scope.body || planPath === 'run') return planPath;
  return planPath === scope.body ? scope.path : scope.path + planPath.slice(scope.body.length);
}

/** The inverse of `toRuntimePath` for a path of this very scope. */
export function toPlanPath(scope: ScopeGiven, runtimePath: string): string {
  if (scope.path === scope.body || runtimePath === 'run') return runtimePath;
  return runtimePath === scope.path ? scope.body : scope.body + runtimePath.slice(scope.path.length);
}
