import { isJsonObject, type Json } from '../../schemas/json.ts';
import type { Command, RunEvent } from '../core/contracts/command.ts';
import { judgeLastAdministrators, lastAdministrators } from '../core/guard/last-administrators.ts';
import { rolesLeft } from './store/queries/count-administrators.ts';
import type { World } from './world.ts';

/** Denies to keep one of the last two administrators from signing in; null when it is somebody else. */
export async function keepAdministrators(
  world: World,
  { ref, rendered, guard }: Extract<Command, { kind: 'check-guards' }>,
): Promise<RunEvent | null> {
  if (rendered.target?.kind !== 'user') return null;
  const facts = isJsonObject(guard.target) ? guard.target : {};
  const blocking = [...world.batch.holds.values()].flatMap((hold) =>
    hold.effect === 'sign-in-blocked' && hold.target_kind === 'user' ? [hold.target_id ?? ''] : [],
  );
  const message = judgeLastAdministrators(
    await rolesLeft(world.tx, world.parts.tenant, {
      target: rendered.target.id,
      roles: wordsOf(facts.roles),
      objectId: typeof facts.object_id === 'string' ? facts.object_id : null,
      blocking,
    }),
  );
  return message === null ? null : { type: 'guard.denied', ref, guardId: lastAdministrators, message };
}

function wordsOf(value: Json | undefined): string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((each): each is string => typeof each === 'string');
}
