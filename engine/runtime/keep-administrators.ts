import { isJsonObject, type Json } from '../../schemas/json.ts';
import type { Command, RunEvent } from '../core/contracts/command.ts';
import { judgeLastAdministrators, keepOut, lastAdministrators } from '../core/guard/last-administrators.ts';
import { rolesLeft } from './store/queries/count-administrators.ts';
import type { World } from './world.ts';

/** Denies to touch one of the last two administrators; null when it is somebody else. */
export async function keepAdministrators(
  world: World,
  { ref, rendered, guard }: Extract<Command, { kind: 'check-guards' }>,
): Promise<RunEvent | null> {
  if (rendered.target?.kind !== 'user') return null;
  const facts = isJsonObject(guard.target) ? guard.target : {};
  const roles = wordsOf(facts.roles);
  // Whom this run has looked up and who has no role is nobody's last administrator.
  if (roles?.length === 0) return null;
  const { holds, attempts } = world.batch;
  const held = [...holds.values()].filter(({ effect }) => keepOut.some((each) => each === effect));
  const destroying = attempts.filter((row) => row.class === 'eradicate' && row.purpose === 'perform');
  const blocking = [...held, ...destroying].flatMap((row) =>
    row.target_kind === 'user' && row.target_id !== null ? [row.target_id] : [],
  );
  const message = judgeLastAdministrators(
    await rolesLeft(world.tx, world.parts.tenant, {
      target: rendered.target.id,
      roles,
      objectId: textOf(facts.object_id),
      upn: textOf(facts.upn),
      blocking,
    }),
  );
  return message === null ? null : { type: 'guard.denied', ref, guardId: lastAdministrators, message };
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function wordsOf(value: Json | undefined): string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((each): each is string => typeof each === 'string');
}
