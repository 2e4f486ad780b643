import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { liftPause, type PauseInput } from '../../engine/runtime/set-pause.ts';
import { clearStop, type StopInput } from '../../engine/runtime/set-stop.ts';

/* What people do who have just looked: they lift the stop or the pause that they saw. */

export async function clearAsSeen(parts: EngineParts, stop: StopInput): ReturnType<typeof clearStop> {
  const subject = stop.scope === 'everything' ? '*' : stop.subject;
  const { rows } = await parts.database.query<{ generation: number }>(
    'select generation from stops where tenant_id = $1 and scope = $2 and subject = $3',
    [parts.tenant, stop.scope, subject],
  );
  return await clearStop(parts, { ...stop, generation: rows[0]?.generation ?? 0 });
}

export async function liftAsSeen(parts: EngineParts, pause: PauseInput): ReturnType<typeof liftPause> {
  const { rows } = await parts.database.query<{ generation: number }>(
    'select generation from pauses where tenant_id = $1',
    [parts.tenant],
  );
  return await liftPause(parts, { ...pause, generation: rows[0]?.generation ?? 0 });
}
