import { setTimeout as pause } from 'node:timers/promises';

/** Longer than this nobody waits for what is only good to know. */
const waitMs = 500;

/** What has come by then, otherwise nothing: figures over months must not hold up what waits for somebody. */
export async function inGoodTime<Item>(
  asked: Promise<readonly Item[]>,
  failed: (error: unknown) => void,
): Promise<readonly Item[]> {
  const read = asked.catch((error: unknown) => {
    failed(error);
    return [];
  });
  return await Promise.race([read, pause(waitMs, [], { ref: false })]);
}
