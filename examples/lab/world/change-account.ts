import type { User } from './records.ts';
import type { World } from './world.ts';

/** Blocks or allows sign-in. A synchronised user is changed too, and taken back by the directory later. */
export function setAccountEnabled(world: World, user: User, enabled: boolean, by: string): void {
  const nowMs = world.clock.nowMs();
  const change = user.accountEnabled === enabled ? 'repeat' : enabled ? 'released' : 'applied';
  user.accountEnabled = enabled;
  world.record({ effect: 'sign-in-blocked', target: `user:${user.id}`, change, by }, nowMs);
  if (user.onPremisesSyncEnabled === true && enabled !== user.enabledOnPremises) {
    const dueMs = nowMs + world.scenario.directorySyncMs;
    world.timeline.add(dueMs, { kind: 'sync-directory', userId: user.id });
  }
}

export function syncDirectory(world: World, userId: string, atMs: number): void {
  const user = world.users.get(userId);
  if (user === undefined || user.accountEnabled === user.enabledOnPremises) return;
  user.accountEnabled = user.enabledOnPremises;
  world.record(
    {
      effect: 'sign-in-blocked',
      target: `user:${userId}`,
      change: 'reverted',
      by: 'estate',
      comment: 'on-premises directory sync',
    },
    atMs,
  );
}

/** Idempotent for the vendor, yet a second revocation signs people out a second time: it is counted. */
export function revokeSessions(world: World, user: User, by: string): void {
  const nowMs = world.clock.nowMs();
  const target = `user:${user.id}`;
  user.sessionsValidFromMs = nowMs;
  user.sessionsRevoked += 1;
  world.record({ effect: 'sessions-revoked', target, change: 'applied', by }, nowMs);
  if (user.sessionsRevoked > 1) {
    world.record({ effect: 'sessions-revoked', target, change: 'duplicate', by }, nowMs);
  }
}

/** Directory roles and groups of a user, direct and through nesting. */
export function membershipsOf(world: World, user: User, nested: boolean): string[] {
  const found = new Set(user.memberOf);
  // a set grows while it is walked, so nested groups are reached too
  if (nested)
    for (const id of found) for (const parent of world.groups.get(id)?.memberOf ?? []) found.add(parent);
  return [...found];
}

/** Holds a directory role, or is in a group that roles may be assigned to (facts 6.1). */
export function isPrivileged(world: World, user: User): boolean {
  return membershipsOf(world, user, true).some((id) => {
    const group = world.groups.get(id);
    return group?.kind === 'directoryRole' || group?.isAssignableToRole === true;
  });
}
