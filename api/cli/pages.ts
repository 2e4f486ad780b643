import type { JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { itemsOf } from './print.ts';
import type { Settings } from './settings.ts';

/** Every item of a list, however many pages it has. */
export async function* pages(settings: Settings, path: string): AsyncGenerator<JsonObject> {
  let cursor = '';
  for (;;) {
    const answer = await callServer(settings, `${path}${cursor}`);
    yield* itemsOf(answer);
    if (typeof answer.next !== 'string') return;
    cursor = `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(answer.next)}`;
  }
}
