import type { ArtifactItem } from '../../engine/runtime/read/artifacts.ts';
import type { Read } from '../../engine/runtime/read/open-read.ts';
import type { TenantId } from '../../schemas/ids.ts';
import type { Subject } from './bundle-files.ts';

/** What a run and three more keep at most. An incident has runs without number, and its bundle goes by mail. */
const bytesMax = 256 * 1024 * 1024;

export interface FoundArtifact {
  item: ArtifactItem;
  /** Why it is named and not put in; null: it is. */
  leftOut: string | null;
}

/** @param mayRead whether whoever asked may see values; without it artifacts are named, as their steps are */
export async function findArtifacts(
  read: Read,
  tenant: TenantId,
  { kind, id }: Subject,
  mayRead: boolean,
  bytesAtMost = bytesMax,
): Promise<FoundArtifact[]> {
  const found: FoundArtifact[] = [];
  let bytes = 0;
  let cursor: string | undefined;
  do {
    const page = await read.listArtifacts(tenant, { [kind]: id }, { limit: 200, cursor });
    for (const item of page.items) {
      const fits = bytes + item.size <= bytesAtMost;
      if (fits) bytes += item.size;
      const tooMuch = `a bundle takes ${bytesAtMost} bytes of artifacts; this one is on the server`;
      found.push({ item, leftOut: mayRead ? (fits ? null : tooMuch) : hidden });
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}

const hidden = 'whoever took the bundle may not see what targets answered';
