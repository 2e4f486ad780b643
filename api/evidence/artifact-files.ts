import { createHash } from 'node:crypto';
import type { Read } from '../../engine/runtime/read/open-read.ts';
import type { TenantId } from '../../schemas/ids.ts';
import { type BundledArtifact, bundleFiles } from './bundle-files.ts';
import type { FoundArtifact } from './find-artifacts.ts';

/** One at a time, when its turn comes: what the manifest says of it, and the bytes that lie in the bundle. */
export async function* artifactFiles(
  read: Read,
  tenant: TenantId,
  found: readonly FoundArtifact[],
): AsyncGenerator<{ artifact: BundledArtifact; bytes: Uint8Array | null }, void> {
  for (const { item, leftOut } of found) {
    const { id, run, step, size, sha256 } = item;
    const named = { id, run, step, size, sha256 };
    const kept = leftOut === null ? await read.readArtifact(tenant, id) : null;
    if (kept === null) {
      const why = leftOut ?? 'it went while the bundle was being sent';
      yield { artifact: { ...named, file: null, digest: null, why }, bytes: null };
      continue;
    }
    const digest = `sha256:${createHash('sha256').update(kept.body).digest('hex')}`;
    const file = `${bundleFiles.artifacts}/${id}.json`;
    const why = kept.hides ? 'the playbook hides a part of it with `mask`' : null;
    yield { artifact: { ...named, file, digest, why }, bytes: kept.body };
  }
}
