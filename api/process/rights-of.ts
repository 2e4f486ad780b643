import { type ActionRegistry, majorOf } from '../../engine/core/contracts/action.ts';

/** What the vendor has to grant: plans pin an action without it, as no run reads it. */
export function createRightsOf(registry: ActionRegistry) {
  return ({ key, version }: { key: string; version: string }): readonly string[] | null => {
    const manifest = registry.get(key)?.manifest;
    return manifest !== undefined && majorOf(manifest) === majorOf({ version }) ? manifest.permissions : null;
  };
}
