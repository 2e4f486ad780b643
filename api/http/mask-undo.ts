import { maskValues } from '../../engine/core/identity/mask-values.ts';
import type { UndoRecordItem } from '../../engine/runtime/read/list-undo-records.ts';
import type { JsonObject } from '../../schemas/json.ts';

/** For somebody who may see that it was not taken back, and not what the target showed; vendor texts may repeat some. */
export function maskUndo(record: UndoRecordItem): UndoRecordItem {
  const { failure, changed } = record;
  return {
    ...record,
    failure: failure === null ? null : { ...failure, message: maskValues(failure.message) as string },
    changed:
      changed === null
        ? null
        : {
            ...changed,
            expected: maskValues(changed.expected) as JsonObject,
            found: maskValues(changed.found) as JsonObject,
          },
  };
}
