import { createHash } from 'node:crypto';
import type { ScopeGiven } from '../contracts/scope.ts';

/*
 * Paths of scopes and steps (language reference 9.2). Inside a body every path is the plan's; at the
 * edge of a decision it becomes the run's: `run/sweep/quarantine` in the plan is
 * `run/sweep[m1]/quarantine` in the item `m1`. Stored, and part of action keys: never changes.
 */

/** An item's key as a piece of a path: readable while it is plain, a digest when it is long. */
export function pathKey(key: string): string {
  const encoded = encodeURIComponent(key.toWellFormed()).replaceAll(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  // What looks like a digest is none: its sender may have chosen it to be the name of another item.
  if (encoded.length <= 96 && !/^sha256-[0-9a-f]{32}$/.test(encoded)) return encoded;
  return `sha256-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

export function itemPath(loop: string, key: string): string {
  return `${loop}[${pathKey(key)}]`;
}

export function roundPath(repeat: string, round: number): string {
  return `${repeat}#${round}`;
}

/**
 * Where an undo that no step of its own orders is kept: `run/isolate~undo` for `on_error: undo`,
 * `run~undo` for a cancel with undo. A `~` occurs in no id and in no encoded key.
 */
export function undoRef(path: string): string {
  return `${path}~undo`;
}

/** `run/sweep/quarantine` → `run/sweep[m1]/quarantine`; a step of an enclosing body gets that one's path. */
export function toRuntimePath(scope: ScopeGiven, planPath: string): string {
  if (scope.path === scope.body || planPath === 'run') return planPath;
  if (planPath === scope.body) return scope.path;
  if (planPath.startsWith(`${scope.body}/`)) return scope.path + planPath.slice(scope.body.length);
  const inPlan = scope.body.split('/');
  const inRun = scope.path.split('/');
  const pieces = planPath.split('/');
  let enclosing = true;
  return pieces
    .map((piece, index) => {
      enclosing &&= index < pieces.length - 1 && piece === inPlan[index];
      return enclosing ? (inRun[index] ?? piece) : piece;
    })
    .join('/');
}

/** The inverse of `toRuntimePath` for a path of this very scope. */
export function toPlanPath(scope: ScopeGiven, runtimePath: string): string {
  if (scope.path === scope.body || runtimePath === 'run') return runtimePath;
  if (runtimePath === scope.path) return scope.body;
  if (runtimePath.startsWith(`${scope.path}/`)) return scope.body + runtimePath.slice(scope.path.length);
  return runtimePath;
}

/** The plan path of a step that any scope of a run did: `run/sweep[m1]/poll#2/check` → `run/sweep/poll/check`. */
export function planPathOf(runtimePath: string): string {
  const pieces = runtimePath.split('/');
  return pieces.map((piece, index) => (index === pieces.length - 1 ? piece : stepOf(piece))).join('/');
}

/** Without the item or round. The name of an item is somebody's text, so it is not searched by a pattern. */
function stepOf(piece: string): string {
  const item = piece.endsWith(']') ? piece.indexOf('[') : -1;
  return item === -1 ? piece.replace(/#\d+$/, '') : piece.slice(0, item);
}

/** The path of the loop whose item a scope belongs to, or null outside of every `foreach`. */
export function enclosingLoop(scopePath: string): string | null {
  const end = scopePath.lastIndexOf('[');
  return end === -1 ? null : scopePath.slice(0, end);
}
