import type { Placed } from '../../../engine/core/audit/key-standing.ts';
import { readEntry } from '../../../engine/core/audit/read-entry.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import { callServer } from '../call-server.ts';
import type { Settings } from '../settings.ts';

/** All of them, whatever their number. */
export async function entriesThat(
  settings: Settings,
  filter: { [name: string]: string },
): Promise<{ placed: Placed[]; unreadable: number }> {
  const placed: Placed[] = [];
  let unreadable = 0;
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ ...filter, limit: '200', ...(cursor !== null && { cursor }) });
    const page = await callServer(settings, `/v1/audit/entries?${query}`);
    for (const item of Array.isArray(page.items) ? page.items : []) {
      const { entry: text, index } = isJsonObject(item) ? item : {};
      const read = typeof text === 'string' ? readEntry(Buffer.from(text)) : null;
      if (read?.ok && typeof index === 'number') placed.push({ index, entry: read.entry });
      else unreadable += 1;
    }
    cursor = typeof page.next === 'string' ? page.next : null;
  } while (cursor !== null);
  return { placed, unreadable };
}
