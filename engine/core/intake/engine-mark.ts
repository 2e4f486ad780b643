import type { Json } from '../../../schemas/json.ts';
import { listOf, objectOf, textOf } from './read-vendor.ts';

/*
 * Comments that the engine leaves in a foreign system name the run that left them. When such a system
 * tells us of the change, the mark says that it was our own doing (language reference 9.15, item 9).
 * Only comments are read: titles and subjects are written by whoever attacks.
 */

export function engineMark(runId: string): string {
  return `[riposte ${runId}]`;
}

/** Runs that left a comment in `after` that is not in `before`, oldest first. */
export function newMarks(before: Json, after: Json): string[] {
  const known = new Set(marksIn(before));
  return [...new Set(marksIn(after))].filter((runId) => !known.has(runId));
}

function marksIn(body: Json): string[] {
  return listOf(objectOf(body).comments).flatMap((each) => {
    const text = typeof each === 'string' ? each : textOf(objectOf(each).comment, 65_536);
    return [...text.matchAll(/\[riposte (run_[0-9a-f]{32})\]/g)].map((match) => match[1] ?? '');
  });
}
