import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../schemas/json.ts';
import { askServer } from './call-server.ts';
import { CliError } from './cli-error.ts';
import { say } from './print.ts';
import type { Settings } from './settings.ts';

/** In all longer than the minute after which a server takes whoever has begun to answer for dead. */
const repeatAfterMs = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 16_000];

/**
 * A POST that must not be done twice: asked again, under the same `Idempotency-Key`, while nobody knows whether it was
 * done at all.
 * @throws CliError as `callServer` does; once an answer was missing it says that it may have been done
 */
export async function callOnce(settings: Settings, path: string, body: JsonObject): Promise<JsonObject> {
  const call = { method: 'POST', headers: { 'idempotency-key': randomUUID() }, body } as const;
  let answered = await askServer(settings, path, call);
  if (answered.kind === 'done') return answered.body;
  // Nobody has begun anything then; after the first one that may have, a server that is gone may come back.
  if (answered.kind !== 'open') throw answered.error;
  for (const waitMs of repeatAfterMs) {
    say('No answer that says whether it was done. Asking again in a moment; it is not done twice.');
    await sleep(waitMs);
    answered = await askServer(settings, path, call);
    if (answered.kind === 'done') return answered.body;
    if (answered.kind === 'refused') break;
  }
  const { exitCode, message } = answered.error;
  throw new CliError(exitCode, `${message}\nIt may have been done: look before you ask for it again.`);
}
