import { digestText } from './digest-text.ts';
import type { SecurityObject } from './records.ts';
import { timestamp } from './timestamp.ts';
import type { World } from './world.ts';

export type SecurityKind = 'incident' | 'alert';

/** Adds a comment and answers the whole list. The same text twice on one object is a duplicate. */
export function addComment(
  world: World,
  kind: SecurityKind,
  object: SecurityObject,
  comment: string,
  by: string,
): unknown[] {
  const nowMs = world.clock.nowMs();
  const earlier = Array.isArray(object.comments) ? object.comments : [];
  const comments: unknown[] = [
    ...earlier,
    {
      '@odata.type': '#microsoft.graph.security.alertComment',
      comment,
      createdByDisplayName: by,
      createdDateTime: timestamp(nowMs),
    },
  ];
  object.comments = comments;
  object.lastUpdateDateTime = timestamp(nowMs);
  const target = `${kind}:${object.id}#${digestText(comment)}`;
  const again = world.ledger.count('commented', target).applied > 0;
  world.record({ effect: 'commented', target, change: 'applied', by, comment }, nowMs);
  if (again) world.record({ effect: 'commented', target, change: 'duplicate', by, comment }, nowMs);
  return comments;
}

/** Sets the given properties; a patch that changes nothing is a repeat. */
export function patchSecurityObject(
  world: World,
  kind: SecurityKind,
  object: SecurityObject,
  patch: { [property: string]: unknown },
  by: string,
): void {
  const nowMs = world.clock.nowMs();
  const changes = Object.entries(patch).filter(
    ([name, value]) => JSON.stringify(object[name] ?? null) !== JSON.stringify(value),
  );
  Object.assign(object, Object.fromEntries(changes));
  if (changes.length > 0) {
    object.lastUpdateDateTime = timestamp(nowMs);
    if (kind === 'incident') object.lastModifiedBy = by;
    if (kind === 'alert' && patch.status === 'resolved') object.resolvedDateTime = timestamp(nowMs);
  }
  const change = changes.length > 0 ? 'applied' : 'repeat';
  const comment = changes.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
  world.record({ effect: 'updated', target: `${kind}:${object.id}`, change, by, comment }, nowMs);
}
