import type { Lot } from '../../../engine/runtime/queue/courier.ts';
import { mintId } from '../../../schemas/ids.ts';

export function buildLot(system: string, options: { priority?: number; attempts?: number } = {}): Lot {
  const { priority = 3, attempts = 2 } = options;
  const attemptIds = Array.from({ length: attempts }, () => mintId('AttemptId'));
  return { id: mintId('LotId'), system, priority, attemptIds };
}
