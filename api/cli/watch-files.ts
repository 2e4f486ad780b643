import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { say } from './print.ts';

// Editors save in several steps (write, rename, touch); one check per save is enough.
const quietMs = 100;

/**
 * Calls `again` after files under the paths have changed, one call at a time, until the process is
 * interrupted. A file is watched through its folder, because editors replace it by another one.
 */
export async function watchFiles(paths: readonly string[], again: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const failed: unknown[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(again).catch((error: unknown) => {
        failed.push(error);
        end();
      });
    }, quietMs);
  };
  const watchers = await Promise.all(
    paths.map(async (path) => {
      if ((await stat(path)).isDirectory()) return watch(path, { recursive: true }, changed);
      return watch(dirname(path), (_event, name) => {
        if (name === basename(path)) changed();
      });
    }),
  );
  process.once('SIGINT', end);
  say('Watching; Ctrl-C ends it.');
  try {
    await ended;
  } finally {
    process.off('SIGINT', end);
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    await running;
  }
  if (failed.length > 0) throw failed[0];
}
