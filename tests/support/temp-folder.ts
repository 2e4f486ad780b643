import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { releaseAfter } from './release-after.ts';

/** A new empty folder, gone after the file's tests. Passable for others, as the database's user may need it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(inject('runFolder'), 'folder-'));
  await chmod(folder, 0o711);
  releaseAfter(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
