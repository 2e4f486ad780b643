import type { Courier } from '../../engine/runtime/queue/courier.ts';
import { mintId } from '../../schemas/ids.ts';

/** A queue that delivers every lot so many times, each under a name of its own, so that nothing tells them apart from new ones. */
export function repeatLots(courier: Courier, deliveries: number): Courier {
  return {
    ...courier,
    send: (lots) =>
      courier.send(
        lots.flatMap((lot) => [
          lot,
          ...Array.from({ length: deliveries - 1 }, () => ({ ...lot, id: mintId('LotId') })),
        ]),
      ),
  };
}
