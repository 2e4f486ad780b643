import type { Inverse } from '../../../engine/core/contracts/action.ts';

export const undo: Inverse = { kind: 'action', action: 'edr.unblock-file', arguments: { sha256: 'sha256' } };
