import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCheckpoint } from '../../core/audit/checkpoint.ts';
import { sameHash } from '../../core/audit/merkle.ts';
import { verifyNote } from '../../core/audit/signed-note.ts';
import { AuditAlarm } from './alarm.ts';
import type { AnchorPlace, Carried, KnownLog } from './anchor-place.ts';

/*
 * A directory on write-once storage: one folder per origin, one file per size, never overwritten. The
 * newest is the highest name. A file that this log has not signed says nothing, whoever wrote it, and neither
 * does a head under another size's name: whoever may add a file could hide the newest behind a copied old one.
 */

const sizeDigits = 16;
const fileName = /^[0-9]{16}\.checkpoint$/;
const nameOf = (size: number) => `${String(size).padStart(sizeDigits, '0')}.checkpoint`;

/** @param root has to exist: a share that is not mounted must not look like a place that holds nothing */
export function anchorDirectory(root: string): AnchorPlace {
  const folderOf = (origin: string) => join(root, encodeURIComponent(origin));
  return {
    name: `file://${root}`,
    wants: 'each',
    async newest(log) {
      await stat(root);
      const names = (await list(folderOf(log.origin))).filter((name) => fileName.test(name)).sort();
      for (const name of names.reverse()) {
        const said = readSigned(await readFile(join(folderOf(log.origin), name), 'utf8'), log);
        if (said !== null && nameOf(said.size) === name) return said;
      }
      return null;
    },
    async carry(checkpoint, log) {
      await stat(root);
      const folder = folderOf(checkpoint.origin);
      await mkdir(folder, { recursive: true });
      const path = join(folder, nameOf(checkpoint.size));
      if (await createWhole(folder, path, checkpoint.note)) return [];
      await compareKept(path, checkpoint, log);
      return [];
    },
  };
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * On the disk under another name first: a crash in between must not leave half a file under a name that
 * nobody may overwrite. A link, unlike a rename, refuses a name that is taken.
 * @returns false when the name was taken
 */
async function createWhole(folder: string, path: string, text: string): Promise<boolean> {
  const draft = join(folder, `.${randomUUID()}`);
  const file = await open(draft, 'wx', 0o444);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return true;
}

async function compareKept(path: string, { size, root }: Carried, log: KnownLog): Promise<void> {
  const kept = readSigned(await readFile(path, 'utf8'), log);
  if (kept === null || kept.size !== size)
    throw new Error(`${path} exists and is no checkpoint of this log; look who wrote it`);
  if (!sameHash(kept.root, root))
    throw new AuditAlarm('audit/fork', `${path} holds another root for ${size} entries`);
}

/** Null for what this log has not signed. */
export function readSigned(text: string, log: KnownLog): { size: number; root: Uint8Array } | null {
  const verdict = verifyNote(text, log.keys);
  const said = verdict.ok ? parseCheckpoint(verdict.note.text) : null;
  return said?.origin === log.origin ? said : null;
}
